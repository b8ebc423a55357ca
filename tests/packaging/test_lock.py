"""Locks: each line pins something that is packaged, or is refused by a sentence."""

from pathlib import Path

import pytest

from twinhull.packaging import Lock, PackagingError, PythonPackage

A, B = "a" * 64, "b" * 64
PINNED = f"colorama==0.4.6 \\\n    --hash=sha256:{A}\n"

LOCK = f"""\
    # a comment
anyio==4.0 \\
    --hash=sha256:{A} \\
    --hash=sha256:{B}
    # via starlette
Starlette==1.0 ; python_version < '4' \\
    --hash=sha256:{A}
    # via
    #   -r functions/a/requirements.in
    #   fast_api
fast-api==2.0 \\
    --hash=sha256:{A}
    # via -r functions/b/requirements.in
uvicorn==3.0 --hash=sha256:{A}  # via -r functions/b/requirements.in, Uvicorn.Workers
uvicorn-workers==1.0 ; sys_platform == 'linux' --hash=sha512:{A}{B}
    # via twinhull (pyproject.toml)
uvicorn-workers==2.0 ; sys_platform != 'linux' --hash=sha384:{A}{"c" * 32}
    # via twinhull (pyproject.toml)
"""


def names(entries: tuple[str, ...]) -> list[str]:
    return [entry.partition("==")[0] for entry in entries]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["uvicorn"], ["uvicorn"]),
        (["starlette"], ["Starlette", "anyio"]),
        (["fast_api"], ["Starlette", "anyio", "fast-api"]),
        (["Fast.API", "uvicorn"], ["Starlette", "anyio", "fast-api", "uvicorn"]),
        (["uvicorn_workers"], ["uvicorn", "uvicorn-workers", "uvicorn-workers"]),
        ([], []),
    ],
)
def should_select_what_the_named_need(wanted: list[str], found: list[str]) -> None:
    assert sorted(names(Lock.parse(LOCK).select(wanted))) == found


def should_keep_markers_and_hashes() -> None:
    (entry,) = (each for each in Lock.parse(LOCK).all() if each.startswith("Starlette"))
    assert entry == f"Starlette==1.0 ; python_version < '4' \\\n--hash=sha256:{A}"


def should_refuse_a_name_that_the_lock_lacks() -> None:
    with pytest.raises(PackagingError, match=r"requirements\.txt has no flask; add it .* `uv pip compile"):
        Lock.parse(LOCK).select(["uvicorn", "flask"])


def should_refuse_to_select_from_a_lock_without_annotations() -> None:
    lock = Lock.parse(PINNED)
    assert names(lock.all()) == ["colorama"]
    with pytest.raises(
        PackagingError, match="nothing tells what needs colorama; compile the lock with its ann"
    ):
        lock.select(["colorama"])


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + PINNED.encode(),
        PINNED.replace("\n", "\r\n").encode(),
        PINNED.replace("\n", "\r").encode(),
        f"\n# before\n{PINNED}\n\n# after".encode(),
        f"colorama == 0.4.6 --hash=sha256:{A} # why\n".encode(),
        f"colorama[extra]===0.4.6;python_version>'3' --hash sha256:{A}".encode(),
        f"colorama==0.4.6 --hash=sha256:{A} \\".encode(),
        f"  colorama==0.4.6 \\\n --hash=sha256:{A} \\\n# a comment ends it\n".encode(),
    ],
    ids=[
        "BOM",
        "CRLF",
        "CR",
        "comments",
        "in one line",
        "extras and markers",
        "an open end",
        "comment after a continuation",
    ],
)
def should_package_every_spelling_of_a_pinned_distribution(content: bytes, shop: Path) -> None:
    (shop / "requirements.txt").write_bytes(content)
    (entry,) = PythonPackage.from_folder(shop).requirements
    assert entry.startswith("colorama")
    assert entry.endswith(f"--hash=sha256:{A}")


REFUSED = {
    "-e ./lib": "an editable install is a link to this machine",
    "--editable=./lib": "an editable install is a link to this machine",
    "-e git+https://example.com/lib.git#egg=lib": "an editable install",
    "-r base.txt": "another file is not read; compile one lock",
    "-rbase.txt": "another file is not read",
    "--requirement base.txt": "another file is not read",
    "-c limits.txt": "constraints belong to resolving",
    "--index-url https://example.com/simple": "set UV_DEFAULT_INDEX, UV_INDEX or UV_FIND_LINKS",
    "-i https://example.com/simple": "set UV_DEFAULT_INDEX",
    "--extra-index-url=https://example.com/simple": "set UV_DEFAULT_INDEX",
    "--find-links ./vendor": "set UV_DEFAULT_INDEX",
    "-f ./vendor": "set UV_DEFAULT_INDEX",
    "--no-index": "set UV_DEFAULT_INDEX",
    "--trusted-host example.com": "set UV_DEFAULT_INDEX",
    "--pre": "this option has no effect on packages",
    "--no-binary :all:": "this option has no effect on packages",
    "--require-hashes": "this option has no effect on packages",
    "colorama==0.4.6": "it has no hash",
    "colorama==0.4.6 --hash=md5:0": "this option has no effect",
    f"colorama==0.4.6 --hash=sha256:{A} --config-settings=x=y": "this option has no effect",
    f"colorama --hash=sha256:{A}": "it pins no version",
    f"colorama>=0.4 --hash=sha256:{A}": "it pins no version",
    f"colorama==0.4.* --hash=sha256:{A}": "it pins no version",
    f"colorama==0.4.6,>0.4 --hash=sha256:{A}": "it pins no version",
    "./vendor/mylib-1.0-py3-none-any.whl": "a file or address is no pinned distribution",
    f"./lib --hash=sha256:{A}": "a file or address is no pinned distribution",
    "../lib": "a file or address is no pinned distribution",
    "/srv/lib": "a file or address is no pinned distribution",
    "vendor/mylib.tar.gz": "a file or address is no pinned distribution",
    "mylib-1.0-py3-none-any.whl ; python_version > '3'": "a file or address is no pinned distribution",
    "file:///srv/lib.whl": "a file or address is no pinned distribution",
    "https://example.com/lib-1.0-py3-none-any.whl": "a file or address is no pinned distribution",
    "git+https://example.com/lib.git@main": "a repository has no hash",
    f"lib @ https://example.com/lib.whl --hash=sha256:{A}": "a file or address is no pinned distribution",
    "lib @ git+https://example.com/lib.git": "a file or address is no pinned distribution",
    "${LIB}": "it is no requirement",
    "lib/": "it is no requirement",
    f"colorama==0.4.6 \\ \n    --hash=sha256:{A}": "it is no requirement",
    "[metadata]": "it is no requirement",
}


@pytest.mark.parametrize("line", REFUSED)
def should_refuse_a_line_that_would_be_lost(line: str, shop: Path) -> None:
    (shop / "requirements.txt").write_text(f"# first\n\n{line}\n{PINNED}")
    with pytest.raises(PackagingError, match=r"requirements\.txt:3: .* cannot be packaged: ") as refused:
        PythonPackage.from_folder(shop)
    assert REFUSED[line] in str(refused.value)
    assert str(refused.value).endswith(".")


def should_name_the_line_where_a_continued_one_begins() -> None:
    with pytest.raises(PackagingError, match=r"requirements\.txt:4: .*no hash"):
        Lock.parse(f"{PINNED}\nlib==1 \\\n    # via x")


def should_not_repeat_a_password() -> None:
    with pytest.raises(PackagingError) as refused:
        Lock.parse("--index-url https://me:secret@example.com/simple")
    assert "secret" not in str(refused.value)
    assert "//…@example.com" in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1"])
def should_refuse_a_lock_in_another_encoding(encoding: str, shop: Path) -> None:
    (shop / "requirements.txt").write_bytes(f"# é\n{PINNED}".encode(encoding))
    with pytest.raises(PackagingError, match=r"requirements\.txt is not in UTF-8; save it in UTF-8"):
        PythonPackage.from_folder(shop)
