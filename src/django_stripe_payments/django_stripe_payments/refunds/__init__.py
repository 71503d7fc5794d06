"""Refunds: requested, created, executed, and kept up to date."""
