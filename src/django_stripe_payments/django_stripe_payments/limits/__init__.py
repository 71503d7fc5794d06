"""Limits of amounts and of rates."""
