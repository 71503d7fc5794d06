"""What runs at intervals or on request: the sweep, health, retention and erasure."""
