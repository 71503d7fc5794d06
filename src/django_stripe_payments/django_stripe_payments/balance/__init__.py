"""What Stripe did to the balance: charges, and balance transactions."""
