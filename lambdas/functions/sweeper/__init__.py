"""Does what is due, each minute."""
