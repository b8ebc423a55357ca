"""List, show, delete and restore users."""
