"""What leaves the site: deliveries, digests, and the rules that decide."""
