"""An opt-in app that mirrors another object of Stripe: top-ups of the platform's balance."""
