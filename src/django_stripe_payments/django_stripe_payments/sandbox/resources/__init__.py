"""The resources of the API: one module each, with its table of routes."""
