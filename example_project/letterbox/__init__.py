"""The demo's letterbox: what the site sent, kept as files and shown on a page."""
