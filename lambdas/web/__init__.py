"""The HTTP adapter that the functions share."""
