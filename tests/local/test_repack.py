"""The copy of the assembly for this machine: the same templates, functions that run here."""

import json
import marshal
import os
import subprocess
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from local import repack
from local.emulator_process import ENVIRONMENT
from tools.assembly import Assembly
from twinhull import packaging

# Imports a handler as the emulator's worker does: from its unpacked zip, in an interpreter that sees
# nothing else.
IMPORT = """
import sys
sys.path.insert(0, sys.argv[1])
module, _, name = sys.argv[2].rpartition(".")
handler = getattr(__import__(module, fromlist=[name]), name)
assert callable(handler)
print(*sorted({getattr(module, "__file__", None) or "" for module in sys.modules.values()}), sep="\\n")
"""


@pytest.fixture(scope="module")
def repacked(assembly: Assembly, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("repacked") / "assembly"
    repack.repack(assembly.path, target)
    return target


def handlers(assembly: Assembly) -> dict[str, tuple[str, dict[str, str]]]:
    """Asset → the handler in it, and the environment its function has."""
    return {
        function.properties["Code"]["S3Key"].removesuffix(".zip"): (
            function.properties["Handler"],
            {
                name: value if isinstance(value, str) else "any"
                for name, value in function.properties.get("Environment", {}).get("Variables", {}).items()
            },
        )
        for function in assembly.resources("AWS::Lambda::Function")
        if function.properties["Handler"] != "index.handler"  # the CDK's own
    }


def should_leave_templates_and_manifests_as_they_are(assembly: Assembly, repacked: Path) -> None:
    documents = [path for path in assembly.path.iterdir() if path.suffix == ".json" or path.name == "cdk.out"]
    assert len(documents) > 10
    for document in documents:
        assert (repacked / document.name).read_bytes() == document.read_bytes()


def should_have_every_asset_under_its_name(assembly: Assembly, repacked: Path) -> None:
    assert {path.name for path in repacked.iterdir()} == {path.name for path in assembly.path.iterdir()}


def should_import_every_handler_in_an_isolated_interpreter(
    assembly: Assembly, repacked: Path, tmp_path: Path
) -> None:
    found = handlers(assembly)
    assert set(found) == set(packaging.read_manifest(assembly.path))
    for asset, (handler, variables) in found.items():
        unpacked = tmp_path / asset
        with zipfile.ZipFile(repacked / f"asset.{asset}.zip") as archive:
            archive.extractall(unpacked)
        done = subprocess.run(
            [ENVIRONMENT / "bin/python", "-I", "-c", IMPORT, unpacked, handler],
            cwd=tmp_path,
            env={
                **variables,
                "PATH": os.defpath,
                "AWS_REGION": "us-east-1",
                "AWS_DEFAULT_REGION": "us-east-1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{handler}: {done.stderr}"
        ours = str(Path(__file__).resolve().parents[2])
        seen = [path for path in done.stdout.splitlines() if path.startswith(ours)]
        assert all(path.startswith(str(ENVIRONMENT)) for path in seen), f"{handler} imports files of the host"


def should_contain_the_same_sources(assembly: Assembly, repacked: Path) -> None:
    for asset, package in packaging.read_manifest(assembly.path).items():
        with zipfile.ZipFile(repacked / f"asset.{asset}.zip") as archive:
            assert {path: archive.read(path) for path in package.files} == dict(package.files)


def should_ship_bytecode_that_is_never_checked(assembly: Assembly, repacked: Path) -> None:
    tag = subprocess.run(
        [ENVIRONMENT / "bin/python", "-I", "-c", "import sys; print(sys.implementation.cache_tag)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    for asset, (handler, _) in handlers(assembly).items():
        module = PurePosixPath(handler.rpartition(".")[0].replace(".", "/"))
        with zipfile.ZipFile(repacked / f"asset.{asset}.zip") as archive:
            data = archive.read(str(module.parent / "__pycache__" / f"{module.name}.{tag}.pyc"))
        # https://peps.python.org/pep-0552/: bit 0 says hash-based, bit 1 that the source is compared
        assert int.from_bytes(data[4:8], "little") == 0b01
        marshal.loads(data[16:])


def should_replace_what_nothing_executes_by_a_placeholder(assembly: Assembly, repacked: Path) -> None:
    unused = repack.unused_assets(assembly.path)
    layers = {
        layer.properties["Content"]["S3Key"].removesuffix(".zip")
        for layer in assembly.resources("AWS::Lambda::LayerVersion")
    }
    assert layers <= unused
    assert not unused & set(packaging.read_manifest(assembly.path))
    for layer in layers:
        assert (repacked / f"asset.{layer}.zip").stat().st_size < 1000


def function(asset: str, *layers: str) -> dict[str, object]:
    properties = {"Code": {"S3Key": f"{asset}.zip"}, "Layers": [{"Ref": layer} for layer in layers]}
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def layer(asset: str) -> dict[str, object]:
    return {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Key": f"{asset}.zip"}}}


def custom(kind: str, handler: str) -> dict[str, object]:
    return {"Type": kind, "Properties": {"ServiceToken": {"Fn::GetAtt": [handler, "Arn"]}}}


def should_keep_assets_of_functions_that_may_be_called(tmp_path: Path) -> None:
    resources = {
        "Idle": function("idle", "IdleLayer", "SharedLayer"),
        "IdleLayer": layer("idle-layer"),
        "Files": custom("Custom::CDKBucketDeployment", "Idle"),
        "Other": function("other", "SharedLayer"),
        "SharedLayer": layer("shared-layer"),
        "Provider": function("provider"),
        "Something": custom("Custom::Something", "Provider"),
        "Elsewhere": function("both"),
    }
    also_idle = {"Idle": function("both"), "Files": custom("Custom::CDKBucketDeployment", "Idle")}
    for name, content in (("one", resources), ("two", also_idle)):
        (tmp_path / f"{name}.template.json").write_text(json.dumps({"Resources": content}))
    assert repack.unused_assets(tmp_path) == {"idle", "idle-layer"}


def should_say_which_package_cannot_be_built(tmp_path: Path) -> None:
    asset = "0" * 64
    with zipfile.ZipFile(tmp_path / f"asset.{asset}.zip", "w") as archive:
        archive.writestr("handler.py", "")
    entry = {
        "name": "sample",
        "sources": ["handler.py"],
        "requirements": ["nothing-like-this @ file:///nowhere.whl"],
        "executables": [],
        "leave_out": [],
        "sdk": None,
        "bytecode": True,
    }
    (tmp_path / packaging.MANIFEST).write_text(json.dumps({asset: entry}))
    with pytest.raises(repack.RepackError, match="sample"):
        repack.repack(tmp_path, tmp_path / "target")
