"""Whether this region can serve, what the API offers, and the answer to everything it does not."""
