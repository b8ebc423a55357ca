"""What people are told by e-mail, and what is to be done at a time: recorded in the items it is about."""
