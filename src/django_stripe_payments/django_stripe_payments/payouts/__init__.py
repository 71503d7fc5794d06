"""Payouts to the site's bank account, and what they consist of."""
