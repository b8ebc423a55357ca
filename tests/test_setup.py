"""The set-up: nothing of the user's changes what it installs, and it believes only what it has seen."""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.waiting import eventually
from tools import installed, setup

ROOT = Path(__file__).resolve().parent.parent
COMMAND = (sys.executable, str(ROOT / "tools" / "setup.py"))

HARMFUL = {
    "CONDA_PREFIX": "/elsewhere",
    "NODE_ENV": "production",
    "NODE_OPTIONS": "--require /elsewhere/hook.js",
    "NODE_PATH": "/elsewhere",
    "NPM_CONFIG_IGNORE_SCRIPTS": "true",
    "PIP_NO_DEPS": "1",
    "PIP_PREFIX": "/elsewhere",
    "PIP_TARGET": "/elsewhere",
    "PIP_USER": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONOPTIMIZE": "2",
    "PYTHONPATH": "/elsewhere",
    "PYTHONSAFEPATH": "1",
    "PYTHONUSERBASE": "/elsewhere",
    "PYTHONWARNINGS": "error",
    "UV_NO_BINARY": "1",
    "UV_PROJECT_ENVIRONMENT": "/elsewhere",
    "UV_PYTHON": "3.8",
    "UV_SYSTEM_PYTHON": "1",
    "VIRTUAL_ENV": "/elsewhere",
    "npm_config_global": "true",
    "npm_config_omit": "dev",
    "npm_config_prefix": "/elsewhere",
}
WHERE_PACKAGES_ARE = {
    "HTTPS_PROXY": "http://proxy.example",
    "NODE_EXTRA_CA_CERTS": "/certificates",
    "NPM_CONFIG_REGISTRY": "https://npm.example",
    "PIP_CERT": "/certificates",
    "PIP_CONFIG_FILE": "/pip.conf",
    "PIP_EXTRA_INDEX_URL": "https://more.example",
    "PIP_INDEX_URL": "https://pip.example",
    "REQUESTS_CA_BUNDLE": "/certificates",
    "SSL_CERT_FILE": "/certificates",
    "UV_CACHE_DIR": "/cache",
    "UV_DEFAULT_INDEX": "https://uv.example",
    "UV_HTTP_TIMEOUT": "600",
    "UV_INDEX_COMPANY_PASSWORD": "secret",
    "UV_INDEX_URL": "https://uv.example",
    "https_proxy": "http://proxy.example",
    "npm_config_cafile": "/certificates",
    "npm_config_registry": "https://npm.example",
}


@pytest.mark.parametrize("name", HARMFUL)
def should_install_without_settings_of_the_users(name: str) -> None:
    assert setup.controlled({name: HARMFUL[name]}).get(name) is None


@pytest.mark.parametrize("name", WHERE_PACKAGES_ARE)
def should_fetch_packages_from_where_the_user_says(name: str) -> None:
    assert setup.controlled({name: WHERE_PACKAGES_ARE[name]})[name] == WHERE_PACKAGES_ARE[name]


def should_use_what_is_installed_here_before_anything_else() -> None:
    environment = setup.controlled({"PATH": "/elsewhere", "TMPDIR": "/not/there"})
    assert environment["PATH"].split(os.pathsep) == [str(ROOT / ".venv" / "bin"), "/elsewhere"]
    assert environment["TMPDIR"].startswith(str(ROOT))


def should_start_every_target_of_make_in_such_an_environment() -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "gbk", **HARMFUL, **WHERE_PACKAGES_ARE}
    passed_on = subprocess.run(
        ["make", "--silent", "--eval=environment: ; @env", "environment"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    seen = dict(line.split("=", 1) for line in passed_on.splitlines())
    assert seen.items() >= WHERE_PACKAGES_ARE.items()
    assert HARMFUL.keys() & seen.keys() == set()
    # The terminal's is the user's, unlike that of files.
    assert (seen["PYTHONIOENCODING"], seen["PYTHONUTF8"]) == ("gbk", "1")


MODULES = (
    "app",
    "benchmarks.synth",
    "local.cloud",
    "stacks.application",
    "tests.cloud",
    "tools.drill",
    "twinhull",
)


def found(*flags: str) -> set[str]:
    """The modules of the project that an isolated Python finds, far away from it."""
    code = f"import importlib.util as u; print(*[name for name in {MODULES} if u.find_spec(name)])"
    done = subprocess.run(
        [sys.executable, "-I", *flags, "-c", code], cwd="/", capture_output=True, text=True, check=False
    )
    return set(done.stdout.split())


def should_let_its_python_find_the_project_wherever_it_looks_first() -> None:
    assert found() == set(MODULES)


def should_find_the_project_by_nothing_else() -> None:
    """Negative control: without the environment's own path nothing is found."""
    assert found("-S") == set()


class Pretended:
    """A step whose installation is a file, and which counts what is done."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.installed: list[bool] = []
        self.trouble: BaseException | None = None
        self.verified = True

    def step(self, lock: str = "one") -> setup.Step:
        return setup.Step("anything", self.folder, lock, ("packages/*",), self.install, self.verify)

    def install(self, anew: bool) -> None:
        self.installed.append(anew)
        (self.folder / "packages").mkdir(parents=True, exist_ok=True)
        (self.folder / "packages" / "half").touch()
        if self.trouble:
            raise self.trouble
        (self.folder / "packages" / "whole").touch()

    def verify(self) -> None:
        if not self.verified:
            raise setup.SetupError("It is not there.")


@pytest.fixture
def pretended(tmp_path: Path) -> Pretended:
    return Pretended(tmp_path / "environment")


def should_install_once(pretended: Pretended) -> None:
    pretended.step().ensure()
    pretended.step().ensure()
    assert pretended.installed == [True]


def should_bring_up_to_date_what_an_older_lock_has_installed(pretended: Pretended) -> None:
    pretended.step("one").ensure()
    pretended.step("two").ensure()
    pretended.step("two").ensure()
    assert pretended.installed == [True, False]


@pytest.mark.parametrize("lost", ["packages/half", "packages/whole", ".installed"])
def should_notice_that_something_was_removed(pretended: Pretended, lost: str) -> None:
    pretended.step().ensure()
    (pretended.folder / lost).unlink()
    (pretended.folder / "leftover").touch()
    pretended.step().ensure()
    assert pretended.installed == [True, True]
    assert not (pretended.folder / "leftover").exists()


def should_notice_that_the_python_of_an_environment_is_gone(pretended: Pretended, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.touch()
    (pretended.folder / "packages").mkdir(parents=True)
    step = pretended.step()
    step.ensure()
    (pretended.folder / "packages" / "half").unlink()
    (pretended.folder / "packages" / "half").symlink_to(python)
    assert step.is_current()
    python.unlink()
    assert not step.is_current()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"made_by": 1, "files": 1}'])
def should_not_trust_a_stamp_that_it_cannot_read(pretended: Pretended, content: str) -> None:
    pretended.step().ensure()
    (pretended.folder / setup.STAMP).write_text(content)
    pretended.step().ensure()
    assert pretended.installed == [True, True]


def should_install_anew_for_another_python(pretended: Pretended, monkeypatch: pytest.MonkeyPatch) -> None:
    pretended.step().ensure()
    monkeypatch.setattr(sys, "base_prefix", "/elsewhere")
    pretended.step().ensure()
    assert pretended.installed == [True, True]


@pytest.mark.parametrize("trouble", [KeyboardInterrupt(), setup.SetupError("No network.")])
@pytest.mark.parametrize("before", [True, False], ids=["installed before", "never installed"])
def should_start_again_after_an_interruption(
    pretended: Pretended, trouble: BaseException, before: bool
) -> None:
    if before:
        pretended.step("older").ensure()
    pretended.trouble = trouble
    with pytest.raises(type(trouble)):
        pretended.step().ensure()
    assert not pretended.step().is_current()
    pretended.trouble = None
    pretended.step().ensure()
    assert pretended.installed[-1]


def should_stamp_only_what_it_has_verified(pretended: Pretended) -> None:
    pretended.verified = False
    for _ in range(2):
        with pytest.raises(setup.SetupError, match=r"It is not there\."):
            pretended.step().ensure()
    assert pretended.installed == [True, True]
    assert not (pretended.folder / setup.STAMP).exists()


def add(site_packages: Path, name: str, version: str, *, files: tuple[str, ...] = ("__init__.py",)) -> None:
    """Put a distribution where an installer would."""
    info = site_packages / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    package = site_packages / name
    package.mkdir()
    for file in files:
        (package / file).touch()
    (info / "RECORD").write_text("".join(f"{name}/{file},,\n" for file in files))


LOCK = """\
shop==1.0 \\
    --hash=sha256:00
    # via -r requirements.in
wares==2.0 ; python_version >= '3' \\
    --hash=sha256:00
windows-only==3.0 ; sys_platform == 'win32' \\
    --hash=sha256:00
"""


def differences(site_packages: Path) -> list[str]:
    return sorted(installed.differences(LOCK, site_packages))


def should_find_nothing_wrong_with_what_the_lock_pins(tmp_path: Path) -> None:
    for name, version in (("shop", "1.0"), ("wares", "2.0"), ("pip", "1")):
        add(tmp_path, name, version)
    assert differences(tmp_path) == []


def should_report_what_is_not_as_the_lock_pins_it(tmp_path: Path) -> None:
    assert differences(tmp_path) == ["shop is missing, not 1.0", "wares is missing, not 2.0"]
    add(tmp_path, "shop", "0.9")
    add(tmp_path, "wares", "2.0", files=("a.py", "b.py"))
    add(tmp_path, "stranger", "1.0")
    (tmp_path / "wares" / "b.py").unlink()
    assert differences(tmp_path) == [
        "shop is 0.9, not 1.0",
        "stranger is 1.0, not pinned",
        "wares is incomplete",
    ]


def should_report_a_distribution_that_was_never_finished(tmp_path: Path) -> None:
    for name, version in (("shop", "1.0"), ("wares", "2.0")):
        add(tmp_path, name, version)
    (tmp_path / "shop-1.0.dist-info" / "RECORD").unlink()
    assert differences(tmp_path) == ["shop is incomplete"]


def should_accept_what_is_installed_here() -> None:
    setup.verify_host()
    setup.verify_emulator()
    setup.verify_cdk()


def should_say_what_is_not_as_pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text(setup.HOST_LOCK.read_text().replace("uv==", "uv==99."))
    monkeypatch.setattr(setup, "HOST_LOCK", lock)
    with pytest.raises(
        setup.SetupError, match=r"\.venv is not what .*requirements.txt pins \(uv is .*`target`"
    ):
        setup.verify_host()


def should_say_whose_python_it_is(tmp_path: Path) -> None:
    environment = tmp_path.resolve() / "environment"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / "python").symlink_to(sys._base_executable)  # type: ignore[attr-defined]
    with pytest.raises(
        setup.SetupError, match=r"environment/bin/python belongs to .* Remove .*environment and run"
    ):
        setup.verify_environment(environment, setup.HOST_LOCK, "json")


def should_say_that_an_environment_lost_its_python(tmp_path: Path) -> None:
    with pytest.raises(
        setup.SetupError, match=r"cannot be started \(No such file .* Remove .*environment and run"
    ):
        setup.verify_environment(tmp_path / "environment", setup.HOST_LOCK, "json")


def program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("echo 1.0.0", "`cdk --version` answers '1.0.0', not 2"),
        ("true", "`cdk --version` answers '', not 2"),
        ("echo 'no Node here' >&2; exit 7", "no Node here (all of it: "),
    ],
)
def should_not_believe_in_a_command_line_that_does_not_answer(
    script: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "NODE_MODULES", tmp_path)
    monkeypatch.setattr(setup, "LOG", tmp_path / "setup.log")
    program(tmp_path / ".bin" / "cdk", script)
    with pytest.raises(setup.SetupError) as error:
        setup.verify_cdk()
    assert sentence in str(error.value)
    assert "run this again" in str(error.value)


def should_tell_the_reason_from_what_follows_it() -> None:
    assert setup.reason_in("Error: no such file\n  at main.js:1\n\nNode.js v24\n") == "Error: no such file"
    assert setup.reason_in("No route to host\n") == "No route to host"
    assert setup.reason_in("\n") == ""


@pytest.mark.parametrize("name", ["uv", "node"])
def should_not_believe_in_a_program_that_says_something_else(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "HOST", tmp_path)
    monkeypatch.setattr(setup, "verify_environment", lambda *_: None)
    for each in ("uv", "node"):
        program(tmp_path / "bin" / each, "echo nonsense" if each == name else "echo uv 1.0")
    with pytest.raises(setup.SetupError, match=f"`{name} --version` answers 'nonsense'. Remove .venv"):
        setup.verify_host()


def outcome(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    trouble: BaseException,
    tmp_path: Path,
) -> tuple[int, str]:
    """The exit status of a set-up that meets `trouble`, and its sentence."""

    def steps() -> list[setup.Step]:
        raise trouble

    monkeypatch.setattr(setup, "steps", steps)
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "TEMPORARY", tmp_path / "temporary")
    monkeypatch.setattr(setup, "replace_what_cannot_be_shown", lambda: None)
    status = setup.main()
    printed = capsys.readouterr()
    assert printed.out == ""
    [sentence] = printed.err.strip().splitlines()
    return status, sentence


@pytest.mark.parametrize(
    ("trouble", "status", "sentence"),
    [
        (setup.SetupError("Do this."), 1, "✗ Do this."),
        (OSError(28, "No space left on device", "/full"), 1, "✗ /full: No space left on device. Make room"),
        (KeyboardInterrupt(), 130, "Interrupted: run this again"),
    ],
)
def should_end_with_one_sentence(
    trouble: BaseException,
    status: int,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    ended, said = outcome(monkeypatch, capsys, trouble, tmp_path)
    assert (ended, said[: len(sentence)]) == (status, sentence)


def should_name_the_python_that_is_too_old(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    assert setup.main() == 1
    assert "this is 3.9.2: run `make PYTHON=python3.11 setup`." in capsys.readouterr().out


HOLD = """
import sys, pathlib
sys.path.insert(0, {root!r})
from tools import setup
with setup.exclusive(pathlib.Path({folder!r})):
    print("held", flush=True)
    setup.run("sleep", {seconds!r}, remedy="")
"""


def holding(folder: Path, seconds: int) -> "subprocess.Popen[str]":
    """A set-up that works in `folder`, with a program that it has started."""
    code = HOLD.format(root=str(ROOT), folder=str(folder), seconds=str(seconds))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def is_held(folder: Path) -> bool:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def should_wait_for_another_set_up_and_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with holding(tmp_path, 1) as other:
        with setup.exclusive(tmp_path):
            assert "another set-up is running in this folder" in capsys.readouterr().out
        assert other.wait() == 0
    with setup.exclusive(tmp_path):
        assert capsys.readouterr().out == ""


def should_wait_for_what_a_killed_set_up_has_left_running(tmp_path: Path) -> None:
    with holding(tmp_path, 3) as other:
        eventually(lambda: subprocess.run(["pgrep", "-P", str(other.pid)], check=False).returncode == 0)
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert is_held(tmp_path)
        eventually(lambda: not is_held(tmp_path))


@pytest.fixture(scope="module", autouse=True)
def nothing_to_install() -> None:
    """Whatever runs here for real must not replace the environment that runs it."""
    outdated = [step.title for step in setup.steps() if not step.is_current()]
    assert not outdated, f"run make setup: {outdated}"


TERMINALS: list[Mapping[str, str]] = [
    {},
    {"PYTHONIOENCODING": "ascii"},
    {"PYTHONIOENCODING": "gbk"},
    {"PYTHONIOENCODING": "gbk", "PYTHONUTF8": "1"},
    {"LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONUTF8": "1"},
    {"LC_ALL": "C.UTF-8"},
    {"LC_ALL": "nowhere"},
]


@pytest.mark.parametrize(
    "environment", [{name: HARMFUL[name]} for name in HARMFUL] + TERMINALS + [HARMFUL], ids=str
)
def should_find_everything_installed_whatever_the_user_has_set(environment: Mapping[str, str]) -> None:
    started = time.monotonic()
    done = subprocess.run(
        COMMAND, cwd="/", env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert time.monotonic() - started < 30, "it has installed something"


@pytest.mark.parametrize("environment", TERMINALS, ids=str)
def should_print_marks_that_the_terminal_can_show(environment: Mapping[str, str]) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tools import setup; "
        "setup.replace_what_cannot_be_shown(); print('✓ 中文'); sys.exit(setup.fail('✗ é'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    encoding = environment.get("PYTHONIOENCODING") or (
        "utf-8" if environment.get("LC_ALL") == "C.UTF-8" else None
    )
    if encoding:
        assert done.stdout == "✓ 中文\n".encode(encoding, "replace")
        assert done.stderr == "✗ é\n".encode(encoding, "replace")
    else:
        assert b"Traceback" not in done.stderr


def outside_make() -> dict[str, str]:
    """The environment without what the `make` that runs the tests tells the ones below it."""
    return {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    }


@pytest.mark.slow
def should_install_for_make_too_whatever_the_user_has_set() -> None:
    done = subprocess.run(
        ["make", f"PYTHON={sys.executable}", "setup"],
        cwd=ROOT,
        env={**outside_make(), **HARMFUL, "PYTHONHOME": "/elsewhere", "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def should_stamp_what_was_seen() -> None:
    stamp = json.loads((setup.HOST / setup.STAMP).read_text())
    assert {"bin/python", "bin/node", "bin/uv"} <= set(stamp["files"])
    assert any(file.endswith("site-packages/boto3/session.py") for file in stamp["files"])
