"""What runs at regular intervals: retention, and the figures that outlive it."""
