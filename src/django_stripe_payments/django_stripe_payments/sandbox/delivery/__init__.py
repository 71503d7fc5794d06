"""Events on their way to the site: signed, retried, and disturbed on request."""
