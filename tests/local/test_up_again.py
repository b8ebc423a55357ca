"""`make up` once more: from what is there, after a change, after a kill; and what is left when it ends."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cloud import Cloud, Start, emulator_of
from tests.local.people import any_registered, log_in
from tests.local.processes import survivors
from tests.templates.order import STACKS


@dataclass(frozen=True)
class Ended:
    """A cloud that has run and was stopped by one Ctrl-C."""

    home: Path
    output: str
    status: int
    email: str


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory, start_cloud: Start) -> Ended:
    """A cloud in which somebody has registered."""
    home = tmp_path_factory.mktemp("again") / "home"
    cloud = start_cloud(home).wait_until_ready()
    email = any_registered(cloud.edge).email
    status = cloud.stop()
    return Ended(home, cloud.output, status, email)


def should_save_everything_at_one_ctrl_c(ended: Ended) -> None:
    assert ended.status == 0
    assert ended.output.rstrip().endswith("✓ Stopped; the data is saved.")


def should_print_a_checklist_with_durations_the_addresses_and_the_log_in(cloud: Cloud) -> None:
    lines = cloud.output.splitlines()
    steps = [line for line in lines if line.startswith("✓ ")]
    assert len(steps) >= 4
    assert all(line.endswith(" s") for line in steps)
    assert f"  Page        {cloud.url}/" in lines
    assert f"  Log in as   {cloud.admin['email']}  {cloud.admin['password']}" in lines
    for region, origin in cloud.origins.items():
        assert any(line.split()[:2] == [region, origin.url] for line in lines)


def should_start_from_what_is_there_after_a_stop_a_kill_and_a_change(
    ended: Ended, start_cloud: Start
) -> None:
    # GIVEN a clean stop, WHEN it is started again, THEN the data is there and nothing is deployed anew
    cloud = start_cloud(ended.home).wait_until_ready()
    assert log_in(cloud.edge, ended.email).status == 201
    assert "✓ found the deployment unchanged" in cloud.output
    assert "✓ deployed" not in cloud.output
    assert "synthesized" not in cloud.output
    assert "✓ found the administrator" in cloud.output
    assert "killed" not in cloud.output

    # WHEN only the starter is killed, THEN nothing is left behind and the data is saved nevertheless
    saved = any_registered(cloud.edge).email
    cloud.stop(signal.SIGKILL)

    # WHEN the templates have changed, THEN what they changed is deployed
    cloud = start_cloud(ended.home, "--context=rate_limit=400").wait_until_ready()
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
    cloud = start_cloud(ended.home).wait_until_ready()
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
