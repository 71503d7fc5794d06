"""Examine an installation and say what is wrong with it, and how to fix it."""
