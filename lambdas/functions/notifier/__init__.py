"""Sends notices, and hears what became of them."""
