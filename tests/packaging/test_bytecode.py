"""Bytecode: compiled by the function's Python, if there is one; part of the hash."""

import importlib.util
import json
import marshal
import runpy
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.folders import script
from twinhull.packaging import PackagingError, PythonPackage, Target, build, bytecode
from twinhull.packaging.interpreter import Interpreter, find_interpreter, missing_interpreter

VERSION = "{}.{}".format(*sys.version_info)
HOST = Target(platform=None, python_version=VERSION)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    find_interpreter.cache_clear()
    yield
    find_interpreter.cache_clear()


def any_package(**options: bool) -> PythonPackage:
    return PythonPackage(name="any", files={"any.py": b"answer = 42\n", "broken.py": b"x = ("}, **options)  # type: ignore[arg-type]


def names(built: Path) -> list[str]:
    with zipfile.ZipFile(built) as archive:
        return archive.namelist()


def should_ship_bytecode_that_is_never_checked(tmp_path: Path) -> None:
    cached = importlib.util.cache_from_source("any.py", optimization="")
    built = build(any_package(), target=HOST, cache=tmp_path)
    assert names(built) == [cached, "any.py", "broken.py"]
    with zipfile.ZipFile(built) as archive:
        data = archive.read(cached)
    # https://peps.python.org/pep-0552/: bit 0 says hash-based, bit 1 that the source is compared
    assert int.from_bytes(data[4:8], "little") == 0b01
    assert data[:4] == importlib.util.MAGIC_NUMBER
    assert "answer" in marshal.loads(data[16:]).co_names


def should_run_the_bytecode_and_not_the_source(tmp_path: Path) -> None:
    with zipfile.ZipFile(build(any_package(), target=HOST, cache=tmp_path / "cache")) as archive:
        archive.extractall(tmp_path)
    (tmp_path / "any.py").write_text("answer = 43\n")
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import any; print(any.answer)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "42"


def should_name_the_place_where_lambda_unpacks_it(tmp_path: Path) -> None:
    kept = bytecode.compiled({"any.py": b"answer = 42"}, Path(sys.executable), "/var/task/", tmp_path)
    ((_, data),) = kept.items()
    assert marshal.loads(data[16:]).co_filename == "/var/task/any.py"


def should_compile_the_same_again(tmp_path: Path) -> None:
    contents = {f"m{n}.py": f"def f(a, b={n}): return a + 'x{n}'".encode() for n in range(20)}
    one, two = (
        bytecode.compiled(each, Path(sys.executable), "", tmp_path / str(n))
        for n, each in enumerate((contents, dict(reversed(contents.items()))))
    )
    assert sorted(one) == sorted(two)
    assert bytecode.compiled(contents, Path(sys.executable), "", tmp_path / "0") == one


def should_compile_each_module_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script itself, which otherwise runs in another interpreter."""
    with zipfile.ZipFile(tmp_path / "any.zip", "w") as archive:
        archive.writestr("any.py", "answer = 42")
        archive.writestr("broken.py", "x = (")
    monkeypatch.setattr(sys, "argv", ["script", str(tmp_path / "any.zip"), "", str(tmp_path)])
    for _ in range(2):
        runpy.run_module("twinhull.packaging.compile_script", run_name="__main__")
        (kept,) = json.loads(capsys.readouterr().out).values()
        written = (tmp_path / kept).stat().st_mtime_ns
    runpy.run_module("twinhull.packaging.compile_script", run_name="__main__")
    assert (tmp_path / kept).stat().st_mtime_ns == written
    assert {path.suffix for path in tmp_path.iterdir()} == {".zip", ".pyc"}
    runpy.run_module("twinhull.packaging.compile_script", run_name="imported")


def should_leave_bytecode_out_when_asked(tmp_path: Path) -> None:
    package = any_package(bytecode=False)
    assert names(build(package, target=HOST, cache=tmp_path)) == ["any.py", "broken.py"]
    assert package.hash != any_package().hash


def should_say_that_an_interpreter_failed(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match="false could not compile a package"):
        bytecode.compiled({"any.py": b""}, Path("/bin/false"), "", tmp_path)


def should_have_the_version_of_the_interpreter_in_the_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [None, *(Interpreter(executable=Path("any"), version=each) for each in ("3.13.0", "3.13.1"))]
    hashes = set()
    for each in found:
        monkeypatch.setattr("twinhull.packaging.package.find_interpreter", lambda _, each=each: each)
        hashes.add(any_package().hash)
    assert len(hashes) == 3


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any Python but the one that runs this."""
    for name in ("PYTHON399", "PYENV_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    monkeypatch.setattr("twinhull.packaging.interpreter.find_uv_bin", lambda: str(tmp_path / "uv-command"))
    return tmp_path


def should_find_the_interpreter_that_is_named(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = script(bare / "anywhere", "python", "echo cpython 3.99.1")
    script(bare / "bin", "python3.99", "echo cpython 3.99.2")
    monkeypatch.setenv("PYTHON399", str(program))
    assert find_interpreter("3.99") == Interpreter(executable=program, version="3.99.1")


@pytest.mark.parametrize(
    "answer", ["exit 127", "echo cpython 3.98.1", "echo pypy 3.99.1", "echo", "echo cpython", "kill -9 $$"]
)
def should_count_any_failure_as_not_found(answer: str, bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shim of pyenv answers so, for a version that is not selected."""
    script(bare / "bin", "python3.99", answer)
    monkeypatch.setenv("PYTHON399", str(bare / "nothing"))
    assert find_interpreter("3.99") is None
    find_interpreter.cache_clear()
    script(bare / ".pyenv" / "versions" / "3.99.3" / "bin", "python", "echo cpython 3.99.3")
    found = find_interpreter("3.99")
    assert found
    assert found.version == "3.99.3"


def should_look_at_each_place_of_the_path(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(bare / "bin", "python3.99", "exit 127")
    program = script(bare / "other", "python3.99", "echo cpython 3.99.0")
    monkeypatch.setenv("PATH", f"{bare / 'bin'}:{bare / 'other'}")
    assert find_interpreter("3.99") == Interpreter(executable=program, version="3.99.0")


def should_take_what_uv_has_or_installs(bare: Path) -> None:
    program = script(bare / "uv", "python", "echo cpython 3.99.7")
    script(bare, "uv-command", f'[ "$2" = find ] && echo {program}')
    assert find_interpreter("3.99") == Interpreter(executable=program, version="3.99.7")
    find_interpreter.cache_clear()
    script(
        bare,
        "uv-command",
        f'[ "$2" = install ] && : > {bare}/installed; [ -e {bare}/installed ] && echo {program}',
    )
    assert find_interpreter("3.99") == Interpreter(executable=program, version="3.99.7")
    assert (bare / "installed").exists()


def should_build_without_bytecode_where_no_interpreter_is_found(bare: Path) -> None:
    target = Target(platform=None, python_version="3.99")
    assert names(build(any_package(), target=target, cache=bare / "cache")) == ["any.py", "broken.py"]
    assert "install one (`uv python install 3.99`), or name it in PYTHON399." in missing_interpreter("3.99")
