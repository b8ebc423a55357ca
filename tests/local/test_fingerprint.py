"""Whatever an assembly or a deployment depends on changes its fingerprint, and nothing else does."""

import ast
import json
import os
import subprocess
import sys
from importlib.util import source_from_cache
from pathlib import Path

import pytest

from local import fingerprint
from local.commands import ROOT, installing_environment
from local.fingerprint import Fingerprints, fingerprints
from local.mailbox import SETTINGS

FILES = {
    "app.py": "1",
    "cdk.json": "{}",
    "lambdas/functions/one/handler.py": "1",
    "lambdas/requirements.txt": "one==1",
    "local/cloud.py": "1",
    "local/deploy.py": "1",
    "local/emulator/tables.py": "1",
    "local/repack.py": "1",
    "local/requirements.txt": "ministack==1",
    "local/seed.py": "1",
    "node_modules/aws-cdk/package.json": "{}",
    "requirements.txt": "two==1",
    "site/styles/page.css": "p {}",
    "stacks/edge.py": "1",
    "twinhull/regions.py": "1",
    ".venv/lib/python3.11/site-packages/aws_cdk_lib-2.275.0.dist-info/METADATA": "1",
    ".venv-emulator/lib/python3.11/site-packages/ministack-1.5.33.dist-info/METADATA": "1",
    ".venv-emulator/pyvenv.cfg": "version = 3.11.9",
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small clone."""
    for name, content in FILES.items():
        write(tmp_path / "clone" / name, content)
    return tmp_path / "clone"


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def of(tree: Path, **context: str) -> Fingerprints:
    return fingerprints(context, root=tree, user=tree.parent)


@pytest.mark.parametrize(
    "name",
    [
        "app.py",
        "cdk.json",
        "cdk.context.json",
        "lambdas/functions/one/handler.py",
        "lambdas/functions/one/added.py",
        "lambdas/requirements.txt",
        "node_modules/aws-cdk/package.json",
        "requirements.txt",
        "site/styles/page.css",
        "stacks/edge.py",
        "twinhull/regions.py",
        "../.cdk.json",
        ".venv/lib/python3.11/site-packages/aws_cdk_lib-2.276.0.dist-info/METADATA",
    ],
)
def should_change_with_whatever_the_synthesis_reads(tree: Path, name: str) -> None:
    before = of(tree)
    write(tree / name, "changed")
    after = of(tree)
    assert after.assembly != before.assembly
    assert after.deployment != before.deployment


@pytest.mark.parametrize(
    "name",
    [
        "local/deploy.py",
        "local/emulator/tables.py",
        "local/repack.py",
        "local/requirements.txt",
        "local/seed.py",
        ".venv-emulator/lib/python3.11/site-packages/ministack-1.5.34.dist-info/METADATA",
        ".venv-emulator/pyvenv.cfg",
    ],
)
def should_change_the_deployment_alone_with_whatever_deploys(tree: Path, name: str) -> None:
    before = of(tree)
    write(tree / name, "changed")
    after = of(tree)
    assert after.assembly == before.assembly
    assert after.deployment != before.deployment


@pytest.mark.parametrize(
    "name", ["local/cloud.py", "README.md", "stacks/__pycache__/edge.cpython-311.pyc", "tests/cloud.py"]
)
def should_not_change_with_anything_else(tree: Path, name: str) -> None:
    before = of(tree)
    write(tree / name, "changed")
    assert of(tree) == before


def should_change_with_a_setting(tree: Path) -> None:
    assert len({of(tree), of(tree, name="one"), of(tree, name="two"), of(tree, other="one")}) == 4
    assert of(tree, a="1", b="2") == of(tree, b="2", a="1")


def should_change_with_the_interpreter(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = of(tree)
    monkeypatch.setattr(sys, "version", "3.14")
    assert of(tree).assembly != before.assembly


def should_change_when_a_file_moves_or_its_content_does(tree: Path) -> None:
    before = of(tree)
    (tree / "stacks/edge.py").rename(tree / "stacks/moved.py")
    moved = of(tree)
    write(tree / "stacks/moved.py", "")
    write(tree / "stacks/other.py", "1")
    assert len({before, moved, of(tree)}) == 3


PYTHON_HOOK = """
import runpy, sys
opened = open({log!r}, "a", buffering=1)
def note(event, arguments):
    if event == "open" and isinstance(arguments[0], str) and (arguments[2] or 0) & 3 == 0:
        opened.write(arguments[0] + "\\n")
sys.addaudithook(note)
sys.argv[:] = ["app.py"]
sys.path.insert(0, {root!r})
runpy.run_path("app.py", run_name="__main__")
"""

NODE_HOOK = """
const fs = require('fs');
const note = (path) => {{ if (typeof path === 'string') opened(path); }};
const log = fs.openSync({log!r}, 'a');
const write = fs.writeSync;
const opened = (path) => write(log, path + '\\n');
for (const name of ['openSync', 'readFileSync', 'copyFileSync', 'readdirSync']) {{
  const original = fs[name];
  fs[name] = function (path, ...others) {{ note(path); return original.call(this, path, ...others); }};
}}
"""


def should_know_every_file_that_the_synthesis_reads(tmp_path: Path) -> None:
    log, hook = tmp_path / "opened", tmp_path / "hook.js"
    hook.write_text(NODE_HOOK.format(log=str(log)))
    script = PYTHON_HOOK.format(log=str(log), root=str(ROOT))
    subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=installing_environment()
        | {
            "CDK_CONTEXT_JSON": json.dumps(dict(SETTINGS)),
            "CDK_OUTDIR": str(tmp_path / "out"),
            "CDK_VALIDATION": "false",
            "NODE_OPTIONS": f"--require={hook}",
        },
        check=True,
    )
    read = {Path(os.path.normpath(ROOT / _source(line))) for line in log.read_text().splitlines()}
    ours = {path.relative_to(ROOT) for path in read if path.is_relative_to(ROOT) and path.is_file()}
    ours = {path for path in ours if path.parts[0] not in {".venv", ".cache"}}
    # Both hooks have seen something.
    assert {"app.py", "cdk.json", "lambdas", "site", "stacks", "twinhull"} <= {path.parts[0] for path in ours}
    assert any("cloud-assembly" in str(path) or "jsii" in str(path) for path in read)
    assert {str(path) for path in ours if not _is_known(path, fingerprint.SYNTHESIS)} == set()


def _source(path: str) -> str:
    """The module whose bytecode a file holds, or else the file itself."""
    return source_from_cache(path) if path.endswith(".pyc") and "__pycache__" in path else path


def _is_known(path: Path, names: tuple[str, ...]) -> bool:
    return any(path.is_relative_to(name) for name in names)


def should_know_every_module_that_the_emulator_is_made_of() -> None:
    imported = {
        node.module
        for path in (ROOT / "local" / "emulator").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("local.")
    }
    assert "local.addresses" in imported
    files = {Path(*module.split(".")) for module in imported}
    paths = {file if (ROOT / file).is_dir() else file.with_suffix(".py") for file in files}
    assert {str(path) for path in paths if not _is_known(path, fingerprint.EMULATOR)} == set()
