"""Disputes, their evidence, and early fraud warnings."""
