"""The full shape of each kind of object, as Stripe answers it at this API version."""
