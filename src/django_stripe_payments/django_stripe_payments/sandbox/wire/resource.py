"""An object of Stripe's as it goes over the wire."""

from typing import Any

#: Plain data, in the shape of Stripe's JSON.
Resource = dict[str, Any]
