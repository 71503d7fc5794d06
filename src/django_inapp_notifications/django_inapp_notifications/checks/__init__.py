"""System checks, one module per group of settings."""
