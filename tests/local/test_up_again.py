"""`make up` once more: from what is there, after a change, after a kill; and what is left when it ends."""

import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cloud import Cloud, Start
from tests.local.contention import Report, report_of
from tests.local.people import any_registered, log_in
from tests.local.processes import survivors, tree_of
from tests.templates.order import STACKS

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
    report = report_of(cloud, attempts=60)
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
    assert survivors(processes, patience=2) == {}


def should_say_so_and_end_when_the_emulator_ends(ended: Ended, tmp_path: Path, start_cloud: Start) -> None:
    cloud = start_cloud(Path(shutil.copytree(ended.home, tmp_path / "home")), EVENTUAL).wait_until_ready()
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
