"""A stateful Stripe on your machine, for tests, demos and development.

Plain Python on top of the standard library and the Stripe SDK; Django is not needed.
"""

from .sandbox import Sandbox

__all__ = ["Sandbox"]
