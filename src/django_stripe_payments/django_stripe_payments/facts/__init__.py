"""Facts: what became true, stored once and announced once per receiver."""
