"""The seam to Stripe: the client, its errors, and writes that are never done twice."""

from .client import use_http_client

__all__ = ["use_http_client"]
