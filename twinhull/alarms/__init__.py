"""Alarms as a table of data (`rows`), and the factory that makes them of what a stack has (`factory`)."""
