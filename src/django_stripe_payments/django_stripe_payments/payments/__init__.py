"""Payments: created, confirmed, captured, canceled, and kept up to date."""
