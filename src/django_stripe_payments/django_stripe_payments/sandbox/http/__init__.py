"""The API over HTTP, and in the same process."""
