"""What operators do with users; invoked directly, never through the API."""
