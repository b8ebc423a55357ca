"""Losing a region under load, and counting what it cost: `twinhull drill`."""
