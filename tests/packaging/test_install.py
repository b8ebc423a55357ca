"""Dependencies: all of a wheel is packaged, refused by a sentence, or on the list of what is left out."""

import zipfile
from pathlib import Path

import pytest

from tests.packaging.folders import ARM, X86, write
from tests.packaging.wheels import pinned
from twinhull.packaging import PackagingError, PythonPackage, build
from twinhull.packaging.install import UNUSED

ROOT = Path(__file__).resolve().parents[2]


def built(shop: Path, *entries: str, leave_out: tuple[str, ...] = ()) -> set[str]:
    """What is in the zip besides the shop and what describes the wheels."""
    write(shop, "requirements.txt", "".join(entries))
    package = PythonPackage.from_folder(shop, leave_out=leave_out, bytecode=False)
    with zipfile.ZipFile(build(package, cache=shop.parent / "cache")) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    return names - {"shop.py"}


def should_package_each_part_of_a_wheel(shop: Path, index: Path) -> None:
    files = {
        "odd/__init__.py": b"",
        "odd/data.json": b"{}",
        "odd-1.0.data/purelib/pure.py": b"",
        "odd-1.0.data/platlib/plat.py": b"",
        "odd-1.0.data/data/share/odd/any.txt": b"",
        "odd-1.0.data/headers/odd.h": b"",
        "odd-1.0.data/scripts/run.sh": b"#!python\n",
        "odd/__init__.pyi": b"",
        "odd/py.typed": b"",
        "odd/__pycache__/old.cpython-310.pyc": b"",
    }
    assert built(shop, pinned(index, "odd", files)) == {
        *("odd/__init__.py", "odd/data.json", "pure.py", "plat.py", "share/odd/any.txt", "include/odd/odd.h")
    }


def should_package_the_parts_of_a_namespace(shop: Path, index: Path) -> None:
    write(shop, "name/own.py")
    entries = [
        pinned(index, "one", {"name/one.py": b"", "one-1.0-py3.13-nspkg.pth": b"import sys"}),
        pinned(index, "two", {"name/two/__init__.py": b"", "distutils-precedence.pth": b"import os"}),
    ]
    assert built(shop, *entries) == {"name/own.py", "name/one.py", "name/two/__init__.py"}


def should_keep_the_bit_of_an_executable_file(shop: Path, index: Path, tmp_path: Path) -> None:
    write(shop, "requirements.txt", pinned(index, "tool", {"tool/run.sh": b"#!/bin/sh"}))
    with zipfile.ZipFile(build(PythonPackage.from_folder(shop), cache=tmp_path / "cache")) as archive:
        assert archive.getinfo("tool/run.sh").external_attr >> 16 == 0o755
        assert archive.getinfo("shop.py").external_attr >> 16 == 0o644


def should_document_what_of_a_wheel_is_left_out() -> None:
    page = (ROOT / "docs" / "constructs" / "PythonPackage.md").read_text()
    assert [each for each in UNUSED if f"`{each}`" not in page] == []


def should_refuse_a_pth_file_unless_it_is_left_out_by_name(shop: Path, index: Path) -> None:
    entry = pinned(index, "patch", {"patch.py": b"", "patch.pth": b"import patch"})
    with pytest.raises(
        PackagingError, match=r"installs 'patch\.pth', which Python executes only in a site folder"
    ):
        built(shop, entry)
    assert built(shop, entry, leave_out=("patch.pth",)) == {"patch.py"}


@pytest.mark.parametrize(
    ("path", "content"), [("lib.so", X86), ("lib.pyd", b"MZ"), ("lib.cpython-311-x.so", ARM)]
)
def should_refuse_native_code_for_another_platform(
    path: str, content: bytes, shop: Path, index: Path
) -> None:
    with pytest.raises(PackagingError, match=rf"A dependency installs '{path}', which is for "):
        built(shop, pinned(index, "native", {path: content}))


def should_refuse_a_wheel_for_another_platform(shop: Path, index: Path) -> None:
    arm = pinned(index, "native", {"lib.so": ARM}, tag="cp313-cp313-manylinux_2_17_aarch64")
    assert built(shop, arm) == {"lib.so"}
    with pytest.raises(PackagingError, match="The dependencies of shop could not be installed"):
        built(shop, pinned(index, "other", tag="cp313-cp313-manylinux_2_17_x86_64"))


def should_refuse_a_lock_that_lacks_what_a_distribution_needs(shop: Path, index: Path) -> None:
    one = pinned(
        index,
        "one",
        requires=["two>=1", "boto3", "three ; sys_platform == 'win32'", "four ; extra == 'more'"],
    )
    with pytest.raises(PackagingError, match="The lock has one and lacks two, which it needs"):
        built(shop, one)
    assert built(shop, one, pinned(index, "two")) == {"one/__init__.py", "two/__init__.py"}


def should_take_what_a_marker_excludes_for_known(shop: Path, index: Path) -> None:
    one = pinned(index, "one", requires=["two"])
    two = pinned(index, "two").replace("==1.0", "==1.0 ; sys_platform == 'win32'")
    assert built(shop, one, two) == {"one/__init__.py"}


def should_refuse_distributions_that_overwrite_each_other(shop: Path, index: Path) -> None:
    one, same = (pinned(index, name, {"tests/__init__.py": b""}) for name in ("one", "same"))
    assert built(shop, one, same) == {"tests/__init__.py"}
    with pytest.raises(
        PackagingError, match=r"one and other both install 'tests/__init__\.py', with different"
    ):
        built(shop, one, pinned(index, "other", {"tests/__init__.py": b"1"}))


def should_refuse_a_file_that_a_dependency_has_too(shop: Path, index: Path) -> None:
    write(shop, "idna/__init__.py")
    with pytest.raises(PackagingError, match=r"both have idna/__init__\.py; rename ours"):
        built(shop, pinned(index, "idna"))


def should_refuse_names_that_collide_with_those_of_a_dependency(shop: Path, index: Path) -> None:
    write(shop, "Idna/__init__.py")
    with pytest.raises(PackagingError, match="are one file where letter case does not count"):
        built(shop, pinned(index, "idna"))


def should_say_why_a_dependency_could_not_be_installed(shop: Path, index: Path, tmp_path: Path) -> None:
    forged = pinned(index, "one").partition("sha256:")[0] + f"sha256:{'0' * 64}\n"
    with pytest.raises(PackagingError, match="The dependencies of shop could not be installed") as refused:
        built(shop, forged)
    assert "Check that the Python package index can be reached" in str(refused.value)
    assert list((tmp_path / "cache").glob("*.zip")) == []
