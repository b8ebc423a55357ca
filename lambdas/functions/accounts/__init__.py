"""Register, log in, log out, and edit one's own profile."""
