"""`make up` once more: from what is there, after a change, after a kill; and what is left when it ends."""

import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cloud import Cloud, Start
from tests.local.client import Client
from tests.local.contention import Report, report_of
from tests.local.people import any_registered, log_in
from tests.local.processes import end_functions, survivors, tree_of
from tests.templates.order import STACKS
from twinhull.ops import rotation
from twinhull.ops.main import main

EVENTUAL = "--context=consistency=eventual"


@dataclass(frozen=True)
class Ended:
    """A cloud that has run and was stopped by one Ctrl-C."""

    home: Path
    output: str
    status: int
    report: Report
    email: str


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory, start_cloud: Start) -> Ended:
    """A cloud whose table is an ordinary global table, in which many registered one address at once."""
    home = tmp_path_factory.mktemp("again") / "home"
    cloud = start_cloud(home, EVENTUAL).wait_until_ready()
    # Both regions must take the address within a second, which a busy machine does not do each time.
    reports = (report_of(cloud, attempts=60) for _ in range(5))
    report = next((one for one in reports if one.created > 1), None)
    assert report, "the regions never took the address at the same moment"
    email = any_registered(cloud.edge).email
    status = cloud.stop()
    return Ended(home, cloud.output, status, report, email)


def emulator_of(cloud: Cloud) -> int:
    """The process id of a cloud's emulator."""
    [pid] = [pid for pid, command in cloud.processes().items() if "local/emulator/__main__.py" in command]
    return pid


def should_report_the_lost_account_when_tables_are_only_eventually_consistent(ended: Ended) -> None:
    assert ended.report.created == 2
    assert ended.report.working == 1
    assert ended.report.faults[:2] == [
        "2 callers were told that the account is theirs",
        "1 accounts that were acknowledged are lost",
    ]


def should_save_everything_at_one_ctrl_c(ended: Ended) -> None:
    assert ended.status == 0
    assert ended.output.rstrip().endswith("✓ Stopped; the data is saved.")


def should_print_a_checklist_with_durations_the_addresses_and_the_log_in(cloud: Cloud) -> None:
    lines = cloud.output.splitlines()
    steps = [line for line in lines if line.startswith("✓ ")]
    assert len(steps) >= 9
    assert all(line.endswith(" s") for line in steps)
    assert f"  Page        {cloud.url}/" in lines
    assert f"  Log in as   {cloud.admin['email']}  {cloud.admin['password']}" in lines
    for region, origin in cloud.origins.items():
        assert any(line.split()[:2] == [region, origin.url] for line in lines)


def should_start_from_what_is_there_after_a_stop_a_kill_and_a_change(
    ended: Ended, start_cloud: Start
) -> None:
    # GIVEN a clean stop, WHEN it is started again, THEN the data is there and nothing is deployed anew
    cloud = start_cloud(ended.home, EVENTUAL).wait_until_ready()
    assert log_in(cloud.edge, ended.email).status == 201
    assert "✓ deployed" not in cloud.output
    assert "✓ found the administrator" in cloud.output
    assert "killed" not in cloud.output

    # WHEN only the starter is killed, THEN nothing is left behind and the data is saved nevertheless
    saved = any_registered(cloud.edge).email
    cloud.stop(signal.SIGKILL)

    # WHEN the templates have changed, THEN what they changed is deployed
    cloud = start_cloud(ended.home, EVENTUAL, "--context=rate_limit=400").wait_until_ready()
    assert cloud.output.count("✓ deployed twinhull-compute-") == 2
    assert cloud.output.count("unchanged") == len(STACKS) - 2
    assert log_in(cloud.edge, saved).status == 201
    assert "killed" not in cloud.output

    # WHEN all is killed, THEN the next start says so and begins from the last clean stop
    lost = any_registered(cloud.edge).email
    processes = cloud.processes()
    os.kill(emulator_of(cloud), signal.SIGKILL)
    cloud.process.kill()
    cloud.process.wait()
    assert survivors(processes, patience=10) == {}
    cloud = start_cloud(ended.home, EVENTUAL).wait_until_ready()
    assert "! The run before was killed: this one starts from the last clean stop." in cloud.output
    assert log_in(cloud.edge, saved).status == 201
    assert log_in(cloud.edge, lost).status == 401

    # WHEN Ctrl-C is pressed twice, THEN it ends at once and nothing is left behind
    processes = cloud.processes()
    os.killpg(cloud.process.pid, signal.SIGINT)
    cloud.wait_for("Stopping and saving")
    os.killpg(cloud.process.pid, signal.SIGINT)
    cloud.process.wait(timeout=10)
    assert survivors(processes, patience=10) == {}


class Impatient:
    """Time in which functions are started anew instead of waiting until they may ask again."""

    monotonic = staticmethod(time.monotonic)

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def sleep(self, seconds: float) -> None:
        if seconds > rotation.PAUSE:
            end_functions(self._cloud.process.pid)
        else:
            time.sleep(0.2)


def copy_of(home: Path, folder: Path) -> Path:
    """A copy of a cloud's data; a function that was called at its end may have left a link to nothing."""
    return Path(shutil.copytree(home, folder / "home", symlinks=True))


@pytest.mark.timeout(600)  # two starts, one of which checks the changed templates
def should_send_another_secret_to_the_apis_after_a_rotation(
    ended: Ended,
    tmp_path: Path,
    start_cloud: Start,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def rotate(cloud: Cloud) -> str:
        monkeypatch.setattr(rotation, "time", Impatient(cloud))
        options = ["--name", "twinhull", "--local", "--port", str(cloud.port)]
        assert main([*options, "rotate-origin", "--yes"]) == 0, capsys.readouterr()
        return capsys.readouterr().out

    def statuses(cloud: Cloud, sent: str) -> list[int]:
        clients = (Client(origin.url, {"x-origin-verify": sent}) for origin in cloud.origins.values())
        return [client("GET", "/api/v1/health/ready").status for client in clients]

    def sent(cloud: Cloud) -> str:
        (value,) = {origin["headers"]["x-origin-verify"] for origin in cloud.config["origins"].values()}
        return str(value)

    # GIVEN a new value in every region, WHEN the edge still sends the earlier one, THEN both are accepted
    home = copy_of(ended.home, tmp_path)
    cloud = start_cloud(home, EVENTUAL).wait_until_ready()
    earlier, printed = sent(cloud), rotate(cloud)
    assert 'set "origin_key": "b"' in printed
    assert statuses(cloud, earlier) == [200, 200]
    cloud.stop()

    # WHEN the edge is deployed with the other key, THEN it sends the new value
    cloud = start_cloud(home, EVENTUAL, "--context=origin_key=b").wait_until_ready()
    assert "✓ deployed twinhull-edge" in cloud.output
    later = sent(cloud)
    assert later != earlier
    assert statuses(cloud, earlier) == statuses(cloud, later) == [200, 200]

    # WHEN the earlier value is taken out, THEN nobody accepts it any more, and the edge goes on
    printed += rotate(cloud)
    assert "the secret holds b alone" in printed
    end_functions(cloud.process.pid)
    assert statuses(cloud, earlier) == [403, 403]
    assert statuses(cloud, later) == [200, 200]
    assert log_in(cloud.edge, ended.email).status == 201
    assert earlier not in printed
    assert later not in printed
    cloud.stop()


def should_say_so_and_end_when_the_emulator_ends(ended: Ended, tmp_path: Path, start_cloud: Start) -> None:
    cloud = start_cloud(copy_of(ended.home, tmp_path), EVENTUAL).wait_until_ready()
    os.kill(emulator_of(cloud), signal.SIGKILL)
    assert cloud.process.wait(timeout=10) == 1
    assert "✗ The emulator ended by itself" in cloud.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def should_leave_nothing_behind_when_it_is_interrupted_while_starting(
    tmp_path: Path, start_cloud: Start, number: signal.Signals
) -> None:
    cloud = start_cloud(tmp_path / "home").wait_for("✓ started the emulator")
    assert any("app.py" in command or "cdk" in command for command in cloud.processes().values())
    status = cloud.stop(number)
    assert status == (-signal.SIGKILL if number == signal.SIGKILL else 130)


def should_leave_nothing_behind_when_it_is_killed_while_deploying(tmp_path: Path, start_cloud: Start) -> None:
    cloud = start_cloud(tmp_path / "home").wait_for("✓ packed the functions")
    deadline = time.monotonic() + 60
    while not any(" deploy --all" in command for command in tree_of(cloud.process.pid).values()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    cloud.stop(signal.SIGKILL)
    assert not (cloud.home / "emulator" / "saved").exists()
