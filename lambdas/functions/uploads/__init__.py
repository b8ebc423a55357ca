"""Ask for a form to send a file by, list what was sent, and take it back."""
