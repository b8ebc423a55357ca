"""The people of one deployment: what a user is, and one file per thing that can be done with them."""
