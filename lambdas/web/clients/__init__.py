"""AWS clients that fail fast enough for a request to be answered, here or in the other region.

One module for each service: a function ships the models of the clients that it imports.
"""
