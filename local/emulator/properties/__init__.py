"""A file for each type some of whose properties MiniStack accepts and drops."""
