"""Moved to tools/readable.py."""

from tools.readable import masked, readable, text

__all__ = ["masked", "readable", "text"]
