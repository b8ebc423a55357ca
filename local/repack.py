"""A copy of the assembly for this machine: the same templates, with packages that run here.

Functions run in the emulator's own interpreter on this machine's processor, so each package of
`packages.json` is built for those, from the same sources and the same locked versions, and takes the place
of the zip that the templates name. Its name does not change, since an asset's hash is that of its sources
and lock; so the templates stay as they are, byte for byte.

What nothing executes here is replaced by a placeholder, so that 22 MB of AWS CLI need not be uploaded: the
functions and layers behind custom resources that the emulator implements itself (`EMULATED`). Any other
asset is copied.
"""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.emulator_process import ENVIRONMENT, ROOT
from twinhull import packaging

EMULATED = frozenset({"Custom::CDKBucketDeployment"})

_CACHE = ROOT / ".cache"
Resources = dict[str, dict[str, Any]]


class RepackError(Exception):
    """The assembly could not be made fit for this machine; the message is a sentence for the terminal."""


def repack(assembly: Path, target: Path) -> None:
    """Make `target` a copy of `assembly` whose functions run on this machine.

    Raises RepackError when a package cannot be built.
    """
    packages = _host_packages(assembly)
    placeholders = unused_assets(assembly)
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for source in sorted(assembly.iterdir()):
        asset = source.name.removeprefix("asset.").removesuffix(".zip")
        place = target / source.name
        if asset in packages:
            shutil.copyfile(packages[asset], place)
        elif asset in placeholders:
            _place_holder(place, folder=source.is_dir())
        elif source.is_dir():
            shutil.copytree(source, place)
        else:
            shutil.copyfile(source, place)


def unused_assets(assembly: Path) -> set[str]:
    """The hashes of assets that are only code of functions which nothing calls here, or layers of these."""
    used: set[str] = set()
    unused: set[str] = set()
    for template in sorted(assembly.glob("*.template.json")):
        resources: Resources = json.loads(template.read_text())["Resources"]
        idle = {name for name in resources if _only_behind_emulated(name, resources)}
        for name, resource in resources.items():
            asset = _asset_of(resource)
            if asset is None:
                continue
            layer_users = [other for other, one in resources.items() if name in _layers(one)]
            is_idle = name in idle or (bool(layer_users) and set(layer_users) <= idle)
            (unused if is_idle else used).add(asset)
    return unused - used


def _only_behind_emulated(name: str, resources: Resources) -> bool:
    types = {
        other["Type"]
        for other in resources.values()
        if other.get("Properties", {}).get("ServiceToken") == {"Fn::GetAtt": [name, "Arn"]}
    }
    return bool(types) and types <= EMULATED


def _layers(resource: Mapping[str, Any]) -> Iterator[str]:
    for layer in resource.get("Properties", {}).get("Layers", []):
        if isinstance(layer, dict) and "Ref" in layer:
            yield layer["Ref"]


def _asset_of(resource: Mapping[str, Any]) -> str | None:
    properties = resource.get("Properties", {})
    code = properties.get("Code") or properties.get("Content") or {}
    key = code.get("S3Key") if isinstance(code, dict) else None
    return key.removesuffix(".zip") if isinstance(key, str) else None


def _place_holder(place: Path, *, folder: bool) -> None:
    note = "Nothing executes this asset on one machine.\n"
    if folder:
        place.mkdir()
        (place / "README.txt").write_text(note)
        return
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr(zipfile.ZipInfo("README.txt", (1980, 1, 1, 0, 0, 0)), note)


def _host_packages(assembly: Path) -> dict[str, Path]:
    """Asset hash → zip for this machine, with bytecode."""
    python = ENVIRONMENT / "bin" / "python"
    version = subprocess.run(
        [python, "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    target = packaging.Target(platform=None, python_version=version)
    try:
        return {
            asset: packaging.build(package, target=target, python=python, cache=_CACHE / "packages")
            for asset, package in packaging.read_manifest(assembly).items()
        }
    except packaging.PackagingError as error:
        raise RepackError(str(error)) from error


if __name__ == "__main__":
    try:
        repack(Path(sys.argv[1]), Path(sys.argv[2]))
    except RepackError as error:
        sys.exit(str(error))
