"""Texts for people."""


def N_(message: str) -> str:  # noqa: N802 (the name that message extractors look for)
    """Mark a message for translation where it is written; it is translated where it is shown."""
    return message
