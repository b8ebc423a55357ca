"""The error of packaging."""


class PackagingError(Exception):
    """A package cannot be made. The message names the file or the line, and what to do."""
