"""Examine an installation, and report each problem with its fix."""
