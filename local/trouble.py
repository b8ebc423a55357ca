"""What the person at the terminal is told when it cannot go on."""


class TroubleError(Exception):
    """One sentence that says what is wrong and what to do about it."""
