"""Folders: what is in them is packaged, refused by a sentence, or on the list of what is left out."""

import os
import re
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.packaging.folders import ARM, X86, write
from twinhull.packaging import PackagingError, PythonPackage, build
from twinhull.packaging.folder import LEFT_OUT

ROOT = Path(__file__).resolve().parents[2]
BIG_ENDIAN = b"\x7fELF\x02\x02\x01" + bytes(11) + (22).to_bytes(2, "big")


def should_take_files_of_every_kind(shop: Path, tmp_path: Path) -> None:
    for path in ("parts/one.py", "parts/é 中文.txt", ".well-known/x", "data.bin", "namespace/mod.py"):
        write(shop, path, path)
    package = PythonPackage.from_folder(shop)
    assert (package.name, package.requirements) == ("shop", ())
    assert set(package.files) == {
        *("shop.py", "parts/one.py", "parts/é 中文.txt", ".well-known/x", "data.bin", "namespace/mod.py")
    }
    with zipfile.ZipFile(build(package, cache=tmp_path / "cache")) as built:
        assert built.read("parts/é 中文.txt").decode() == "parts/é 中文.txt"


def should_take_the_content_that_a_link_leads_to(shop: Path, tmp_path: Path) -> None:
    (shop / "linked.py").symlink_to(write(tmp_path, "elsewhere.py", "answer = 42"))
    assert PythonPackage.from_folder(shop).files["linked.py"] == b"answer = 42"


def should_keep_the_bit_of_an_executable_file(shop: Path, tmp_path: Path) -> None:
    plain = PythonPackage.from_folder(shop)
    write(shop, "run.sh", "#!/bin/sh\n").chmod(0o755)
    package = PythonPackage.from_folder(shop)
    assert package.executables == {"run.sh"}
    with zipfile.ZipFile(build(replace(package, bytecode=False), cache=tmp_path / "cache")) as built:
        modes = {entry.filename: stat.S_IMODE(entry.external_attr >> 16) for entry in built.infolist()}
    assert modes == {"run.sh": 0o755, "shop.py": 0o644}
    (shop / "run.sh").chmod(0o644)
    assert len({plain.hash, package.hash, PythonPackage.from_folder(shop).hash}) == 3


@pytest.mark.parametrize("pattern", [*LEFT_OUT, "requirements.in"])
def should_leave_out_what_is_on_the_list(pattern: str, shop: Path) -> None:
    write(shop, "requirements.txt")
    before = PythonPackage.from_folder(shop)
    name = pattern.replace("*", "any").replace("?", "p")
    for path in [name] if pattern == "requirements.in" else [name, f"parts/{name}"]:
        write(shop, path, "# any")
        write(shop, f"{path}.keep/__pycache__/one.cpython-313.pyc")
    assert PythonPackage.from_folder(shop).hash == before.hash


def should_leave_out_empty_folders_and_virtual_environments(shop: Path) -> None:
    before = PythonPackage.from_folder(shop)
    (shop / "empty" / "nothing").mkdir(parents=True)
    write(shop, "environment/pyvenv.cfg")
    write(shop, "environment/lib/any.py")
    assert PythonPackage.from_folder(shop).hash == before.hash


def should_document_what_is_left_out() -> None:
    page = (ROOT / "docs" / "constructs" / "PythonPackage.md").read_text()
    assert [each for each in (*LEFT_OUT, "pyvenv.cfg", "requirements.in") if f"`{each}`" not in page] == []


@pytest.mark.parametrize(
    ("path", "content", "sentence"),
    [
        ("lib.so", X86, "'lib.so' is for x86_64 and not for aarch64-manylinux_2_28-3.13; replace it"),
        ("tool", X86, "'tool' is for x86_64"),
        ("lib.so", BIG_ENDIAN, "'lib.so' is for ELF machine 22"),
        ("lib.so", b"\xcf\xfa\xed\xfe", "'lib.so' is for another system than Linux"),
        ("lib.cpython-311-aarch64-linux-gnu.so", ARM, "is for Python 3.11"),
        ("lib.pyd", b"MZ", "'lib.pyd' is for Windows"),
        ("lib.dll", b"MZ", "'lib.dll' is for Windows"),
        ("lib.dylib", b"", "'lib.dylib' is for macOS"),
    ],
)
def should_refuse_native_code_for_another_platform(
    path: str, content: bytes, sentence: str, shop: Path, tmp_path: Path
) -> None:
    write(shop, path, content)
    with pytest.raises(PackagingError, match=re.escape(sentence)):
        build(PythonPackage.from_folder(shop), cache=tmp_path / "cache")


@pytest.mark.parametrize("path", ["lib.so", "lib.abi3.so", "lib.cpython-313-aarch64-linux-gnu.so", "tool"])
def should_package_native_code_for_the_functions_platform(path: str, shop: Path, tmp_path: Path) -> None:
    write(shop, path, ARM)
    with zipfile.ZipFile(build(PythonPackage.from_folder(shop), cache=tmp_path / "cache")) as built:
        assert built.read(path) == ARM


def should_refuse_bytecode_without_its_source(shop: Path) -> None:
    write(shop, "secret.pyc")
    with pytest.raises(PackagingError, match=r"'secret\.pyc' is bytecode without its source"):
        PythonPackage.from_folder(shop)


@pytest.mark.parametrize("target", ["folder", "nothing"])
def should_refuse_a_link_to_a_folder_or_to_nothing(target: str, shop: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (shop / "linked").symlink_to(tmp_path / target)
    with pytest.raises(
        PackagingError, match="'linked' is a link to a folder, or to nothing; copy its target"
    ):
        PythonPackage.from_folder(shop)
    assert set(PythonPackage.from_folder(shop, leave_out=["linked"]).files) == {"shop.py"}


def should_refuse_what_is_no_ordinary_file(shop: Path) -> None:
    os.mkfifo(shop / "pipe")
    with pytest.raises(PackagingError, match="'pipe' is no ordinary file; remove it"):
        PythonPackage.from_folder(shop)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([b"back\\slash.py"], r"has a backslash or a control character"),
        ([b"new\nline.py"], r"has a backslash or a control character"),
        ([b"latin-\xe9.py"], r"is no name in UTF-8; rename it"),
        ([b"Model.py", b"model.py"], r"'Model\.py' and 'model\.py' are one file where letter case does not"),
        (["é.py".encode(), "e\u0301.py".encode()], r"are one file where letter case does not count"),
        ([b"Parts/one.py", b"parts/ONE.py"], r"are one file where letter case does not count"),
        ([b"Parts/one.py", b"parts"], r"'parts' is a file and 'Parts/one\.py' is in it"),
    ],
)
def should_refuse_names_that_not_everything_understands(
    names: list[bytes], sentence: str, shop: Path
) -> None:
    for name in names:
        path = os.path.join(os.fsencode(shop), name)  # noqa: PTH118 (a path has no bytes)
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        with open(path, "wb"):  # noqa: PTH123
            pass
    with pytest.raises(PackagingError, match=sentence):
        PythonPackage.from_folder(shop)


@pytest.mark.parametrize("path", ["/etc/passwd", "../outside.py", "a//b.py", "", "./a.py"])
def should_refuse_paths_outside_the_package(path: str) -> None:
    with pytest.raises(PackagingError, match="is no path inside a package"):
        PythonPackage(name="any", files={path: b""})


@pytest.mark.parametrize(
    "name",
    [
        *("requirements.in", "Pipfile", "Pipfile.lock", "poetry.lock", "uv.lock", "pylock.toml", "setup.py"),
        *("setup.cfg", "environment.yml"),
    ],
)
def should_refuse_dependencies_without_a_lock(name: str, shop: Path) -> None:
    write(shop, name, "colorama\n")
    with pytest.raises(PackagingError, match=rf"shop has {name} and no requirements\.txt.*`uv pip compile"):
        PythonPackage.from_folder(shop)
    write(shop, "requirements.txt", f"colorama==1 --hash=sha256:{'a' * 64}")
    assert len(PythonPackage.from_folder(shop).requirements) == 1


@pytest.mark.parametrize("text", ["[project]\ndependencies=['a']", "[tool.poetry.dependencies]\na='1'"])
def should_refuse_a_project_with_dependencies_and_no_lock(text: str, shop: Path) -> None:
    write(shop, "pyproject.toml", "[tool.ruff]\n")
    assert "pyproject.toml" in PythonPackage.from_folder(shop).files
    write(shop, "pyproject.toml", text)
    with pytest.raises(PackagingError, match=r"shop has pyproject\.toml and no requirements\.txt"):
        PythonPackage.from_folder(shop)


def should_refuse_a_lock_that_is_older_than_its_input(shop: Path) -> None:
    write(shop, "requirements.txt", f"color-ama==1 --hash=sha256:{'a' * 64}")
    write(shop, "requirements.in", "# any\n-c limits.txt\nColor_Ama[x]>=1 # why\n")
    assert "requirements.in" not in PythonPackage.from_folder(shop).files
    write(shop, "requirements.in", "color-ama\nflask>=3\n")
    with pytest.raises(PackagingError, match=r"requirements\.in names flask, which requirements\.txt lacks"):
        PythonPackage.from_folder(shop)


@pytest.mark.parametrize("name", ["empty", "none", "locked"])
def should_refuse_a_folder_without_code(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write(tmp_path, "locked/requirements.txt")
    with pytest.raises(PackagingError, match=f"{name} holds no files; name the folder of a function's code"):
        PythonPackage.from_folder(tmp_path / name)


def should_refuse_what_it_may_not_read(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(shop, "closed/any.py")
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("any.py"))
    with pytest.raises(PackagingError, match=r"'closed/any\.py' cannot be read; grant the right"):
        PythonPackage.from_folder(shop)
    with pytest.raises(PackagingError, match="cannot be read: Not a directory"):
        PythonPackage.from_folder(shop / "shop.py")


def should_leave_out_what_is_named(shop: Path) -> None:
    for path in ("notes.md", "tests/test_shop.py", "tests/deep/one.py", "lib/tests.py"):
        write(shop, path)
    package = PythonPackage.from_folder(shop, leave_out=["*.md", "tests"])
    assert set(package.files) == {"shop.py", "lib/tests.py"}
    package = PythonPackage.from_folder(shop, leave_out=["tests/deep", "*.md"])
    assert set(package.files) == {"shop.py", "lib/tests.py", "tests/test_shop.py"}
