"""Folders with code that tests package, and programs that pretend to be interpreters."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from twinhull.packaging import PackagingError, PythonPackage

HANDLER = "app.handler.handler"
X86, ARM = (b"\x7fELF\x02\x01\x01" + bytes(11) + number.to_bytes(2, "little") for number in (62, 183))


def write(folder: Path, path: str, content: bytes | str = b"") -> Path:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def script(folder: Path, name: str, answer: str) -> Path:
    """A program that pretends to be a Python."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\n{answer}\n")
    program.chmod(0o755)
    return program


def package(root: Path, sources: Mapping[str, str], **options: object) -> PythonPackage:
    for path, source in {"app/__init__.py": "", **sources}.items():
        write(root, path, source)
    return PythonPackage.from_entry(root, HANDLER, **options)  # type: ignore[arg-type]


def refusal(root: Path, code: str, **options: object) -> str:
    with pytest.raises(PackagingError) as refused:
        package(root, {"app/handler.py": f"# first\n{code}\nhandler = 1\n"}, **options)
    return str(refused.value)
