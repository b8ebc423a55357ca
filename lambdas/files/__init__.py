"""Files that people send: what is accepted, where it lies, and when it is gone for good."""
