"""How payments, refunds, disputes and payouts go from state to state."""
