"""The state: objects, events, clock, and how they are listed and expanded."""
