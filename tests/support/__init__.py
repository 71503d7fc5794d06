"""What the suites of both apps share."""
