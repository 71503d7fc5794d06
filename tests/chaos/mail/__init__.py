"""Chaos for notifications: whoever notifies, and whoever delivers, is killed again and again."""
