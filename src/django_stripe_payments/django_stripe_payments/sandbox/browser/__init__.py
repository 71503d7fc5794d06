"""What a browser gets: the stand-in for Stripe.js and its pages."""
