"""Compile the modules of a zip: `python -I -S compile_script.py <zip> <root> <cache>`.

It runs in the function's Python, and imports nothing of this project. It prints path of the bytecode →
name in the cache.
"""

import hashlib
import importlib._bootstrap_external as pyc
import importlib.util
import json
import os
import sys
import zipfile
from pathlib import Path


def compile_module(path: str, source: bytes, root: str, cache: Path) -> str | None:
    """Return the name of the bytecode in the cache; None for a module of other versions."""
    key = hashlib.sha256(f"{sys.version}\0{root}\0{path}\0".encode() + source).hexdigest()
    kept = cache / f"{key}.pyc"
    if not kept.exists():
        try:
            code = compile(source, f"{root}{path}", "exec", dont_inherit=True, optimize=0)
        except (SyntaxError, ValueError):
            return None
        data = pyc._code_to_hash_pyc(  # type: ignore[attr-defined]
            code, importlib.util.source_hash(source), checked=False
        )
        # Others may write the same: a file is there as a whole or not at all.
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_bytes(data)
        part.replace(kept)
    return kept.name


def main(package: str, root: str, cache: str) -> None:
    """Compile all modules."""
    found = {}
    with zipfile.ZipFile(package) as archive:
        for path in archive.namelist():
            if kept := compile_module(path, archive.read(path), root, Path(cache)):
                found[importlib.util.cache_from_source(path, optimization="")] = kept
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
