"""Bring the pages of docs/constructs up to date with the code, and add those that are missing.

    python -m tools.constructs

What stands between marks is generated: from the docstring, from the signature, and from the template of the
docstring's example. The rest of a page, its architecture and an example of overriding, is written by hand. To
add a construct's page, name it in `twinhull.__all__`, give its class a docstring with an example (`>>>`, in
terms of examples/shop.py) and its attributes (`:ivar`), run this, and fill in what it leaves blank.
"""
