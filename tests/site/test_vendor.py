"""What was made by others and is published with the page."""

import hashlib
import json

from stacks.shells import SITE

VENDOR = SITE / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text())


def should_be_unchanged_since_it_was_taken_from_its_package() -> None:
    for entry in MANIFEST:
        content = (VENDOR / entry["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"], entry["name"]


def should_name_package_version_licence_and_home_of_each() -> None:
    for entry in MANIFEST:
        assert entry.keys() == {"name", "package", "version", "licence", "home", "file", "sha256"}
        assert all(entry.values()), entry


def should_come_with_its_licence() -> None:
    for entry in MANIFEST:
        assert (VENDOR / entry["name"] / "LICENSE").read_text().strip(), entry["name"]


def should_hold_nothing_that_the_manifest_does_not_name() -> None:
    found = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    named = {entry["file"] for entry in MANIFEST} | {f"{entry['name']}/LICENSE" for entry in MANIFEST}
    assert found == named | {"manifest.json"}
