"""What the suites of both apps and of the example share."""
