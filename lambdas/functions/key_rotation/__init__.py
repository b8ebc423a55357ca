"""Rotates the keys that sessions, cursors, fingerprints and links derive theirs from."""
