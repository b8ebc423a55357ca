"""What the packages of an assembly were made of, so that they can be built for another machine."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from twinhull.packaging.package import PythonPackage
from twinhull.packaging.sdk_clients import TrimmedSdk

#: Name in an assembly, next to its templates.
MANIFEST: Final = "packages.json"


def write_manifest(assembly: Path, packages: Mapping[str, PythonPackage]) -> None:
    """Write what each package of an assembly was made of.

    :param packages: hash of the asset → package.
    """
    manifest = {
        asset: {
            "name": package.name,
            "sources": sorted(package.files),
            "requirements": list(package.requirements),
            "executables": sorted(package.executables),
            "leave_out": list(package.leave_out),
            "sdk": asdict(package.sdk) if package.sdk else None,
            "bytecode": package.bytecode,
        }
        for asset, package in packages.items()
    }
    (assembly / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def read_manifest(assembly: Path) -> dict[str, PythonPackage]:
    """Return the packages of an assembly by the hashes of their assets, whose zips have the files."""
    packages: dict[str, PythonPackage] = {}
    for asset, entry in json.loads((assembly / MANIFEST).read_text()).items():
        with zipfile.ZipFile(assembly / f"asset.{asset}.zip") as built:
            files = {path: built.read(path) for path in entry["sources"]}
        sdk = entry["sdk"] and TrimmedSdk(**{**entry["sdk"], "services": tuple(entry["sdk"]["services"])})
        packages[asset] = PythonPackage(
            name=entry["name"],
            files=files,
            requirements=tuple(entry["requirements"]),
            executables=frozenset(entry["executables"]),
            leave_out=tuple(entry["leave_out"]),
            sdk=sdk,
            bytecode=entry["bytecode"],
        )
    return packages
