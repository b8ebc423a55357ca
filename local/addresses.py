"""AWS's addresses of APIs and buckets, as they are reached on this machine."""

import re
from collections.abc import Mapping

_API = re.compile(r"https://[a-z0-9]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com")
_BUCKET = re.compile(r"https://([a-z0-9-]+)\.s3\.([a-z0-9-]+)\.amazonaws\.com")


def reachable(text: str, fronts: Mapping[str, str]) -> str:
    """A text with these addresses replaced, given region → where it is served.

    >>> reachable("https://shop.s3.eu-west-1.amazonaws.com/key", {"eu-west-1": "http://127.0.0.1:8081"})
    'http://127.0.0.1:8081/shop/key'
    """
    text = _API.sub(lambda found: fronts.get(found[1], found[0]), text)
    return _BUCKET.sub(
        lambda found: f"{fronts[found[2]]}/{found[1]}" if found[2] in fronts else found[0], text
    )
