"""The SDK of a package, trimmed to the clients that are made: whole models, without what only people read."""

import gzip
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from twinhull.packaging.errors import PackagingError
from twinhull.packaging.sdk_clients import TrimmedSdk

_DATA: Final = re.compile(
    r"(?P<data>botocore/data|boto3/data)/(?:(?P<service>[^/]+)/(?P<version>[^/]+)/)?(?P<file>[^/]+)$"
)
_DOCS: Final = "botocore/docs/"
_USES_DOCS: Final = re.compile(rb"(?:from|import) botocore\.docs(?:\.(\w+))?")
#: What botocore itself imports of its documentation; the rest is loaded for these two, at each cold start.
_DOCSTRING: Final = b'''"""Clients without docstrings."""


class LazyLoadedDocstring(str):
    def __new__(cls, *args, **kwargs):
        return super().__new__(cls)

    def __init__(self, *args, **kwargs):
        super().__init__()


class ClientMethodDocstring(LazyLoadedDocstring):
    pass


class PaginatorDocstring(LazyLoadedDocstring):
    pass


class WaiterDocstring(LazyLoadedDocstring):
    pass
'''


def trim(contents: Mapping[str, bytes], sdk: TrimmedSdk, package: str) -> dict[str, bytes]:
    """Return the files of an installation with what is used of the SDK.

    :param contents: path → content.
    :param package: for messages.
    :raises PackagingError: the SDK knows no service of a name.
    """
    latest: dict[str, str] = {}
    for path in contents:
        if (found := _DATA.match(path)) and found["data"] == "botocore/data" and found["service"]:
            latest[found["service"]] = max(found["version"], latest.get(found["service"], ""))
    if not latest:
        return dict(contents)
    if unknown := set(sdk.services) - latest.keys():
        raise PackagingError(
            f"{package}: the SDK in the lock knows no service {sorted(unknown)[0]!r}; correct the name of "
            "the client, or compile the lock with a newer botocore."
        )
    kept: dict[str, bytes] = {}
    prefixes: set[str] = set(sdk.services)
    for path, content in contents.items():
        found = _DATA.match(path)
        if not found or not found["service"]:
            kept[path] = content
        elif found["service"] in sdk.services and found["version"] == latest[found["service"]]:
            _keep_model(kept, prefixes, path, found["file"], content, sdk)
    kept["botocore/data/endpoints.json"] = _endpoints(kept["botocore/data/endpoints.json"], prefixes)
    return _without_docs(kept)


def _keep_model(
    kept: dict[str, bytes], prefixes: set[str], path: str, file: str, content: bytes, sdk: TrimmedSdk
) -> None:
    if (
        file.startswith("examples-")
        or (file.startswith("paginators-") and not sdk.paginators)
        or (file.startswith("waiters-") and not sdk.waiters)
    ):
        return
    if file.endswith(".gz"):  # the zip is compressed itself
        path, file, content = path.removesuffix(".gz"), file.removesuffix(".gz"), gzip.decompress(content)
    model = json.loads(content)
    if file == "service-2.json":
        prefixes.add(model["metadata"]["endpointPrefix"])
        model = _without_documentation(model)
    kept[path] = _compact(model)


def _without_documentation(value: Any, *, is_required: bool = False) -> Any:
    """Leave out texts; a shape or member that is named `documentation` is no text."""
    if isinstance(value, list):
        return [_without_documentation(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: ""
        if key == "documentation" and isinstance(each, str)
        # botocore reads this one's without asking whether it is there.
        else _without_documentation(each, is_required=is_required or key == "clientContextParams")
        for key, each in value.items()
        if is_required or key != "documentation" or not isinstance(each, str)
    }


def _endpoints(content: bytes, prefixes: set[str]) -> bytes:
    endpoints = json.loads(content)
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: service for name, service in partition["services"].items() if name in prefixes
        }
    return _compact(endpoints)


def _without_docs(contents: dict[str, bytes]) -> dict[str, bytes]:
    used = {
        (found[1] or b"").decode()
        for path, content in contents.items()
        if path.endswith(".py") and not path.startswith(_DOCS)
        for found in _USES_DOCS.finditer(content)
    }
    if not used <= {"docstring", "utils"}:  # boto3's resources use more of it
        return contents
    kept = {path: content for path, content in contents.items() if not path.startswith(_DOCS)}
    return kept | {
        f"{_DOCS}__init__.py": b"",
        f"{_DOCS}docstring.py": _DOCSTRING,
        f"{_DOCS}utils.py": contents[f"{_DOCS}utils.py"],
    }


def _compact(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
