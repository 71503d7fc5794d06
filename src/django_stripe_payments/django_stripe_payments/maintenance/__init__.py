"""What runs at regular intervals: finishing leftovers, health, retention, erasure."""
