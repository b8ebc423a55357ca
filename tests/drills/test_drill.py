"""The command `twinhull drill` against the running cloud: it keeps its promises, and puts everything back."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cloud import ROOT, Cloud
from tests.drills.drilling import BUSY, deployment_of, drill, step
from twinhull.ops import cloud as clouds
from twinhull.ops.drain import evacuate
from twinhull.ops.drill.plan import steps
from twinhull.ops.drill.switches import ConcurrencySwitches, LocalSwitches, function_names
from twinhull.ops.drill.undo import Before
from twinhull.ops.edge import Store
from twinhull.ops.trouble import TroubleError

NOTHING = "✓ Nothing to undo: no drill was cut short.\n"


def started(cloud: Cloud, home: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command, with its files in a folder of the test's."""
    return subprocess.Popen(
        [sys.executable, "-m", "twinhull.ops", *arguments],
        cwd=ROOT,
        env={**os.environ, "PORT": str(cloud.port), "XDG_STATE_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ran(cloud: Cloud, home: Path, *arguments: str) -> tuple[int, str, str]:
    """Its exit status and what it printed."""
    process = started(cloud, home, *arguments)
    out, err = process.communicate(timeout=240)
    return process.returncode, out, err


def states(cloud: Cloud) -> dict[str, str]:
    answer = cloud.edge("GET", "/_local/regions").json()
    return {region["name"]: region["state"] for region in answer["regions"]}


def drained(cloud: Cloud) -> str | None:
    reached = clouds.local(cloud.port)
    return Store(reached, deployment_of(reached)).read().region


def wait_until_lost(cloud: Cloud, process: "subprocess.Popen[str] | None" = None) -> str:
    """The region that a drill has lost."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process is None or process.poll() is None, process.communicate()
        for name, state in states(cloud).items():
            if state != "up":
                return name
        time.sleep(0.05)
    raise AssertionError("no region was lost")


TRIES = 2
"""On a machine that is busy with other things a region that is up can miss the edge's three seconds."""


def should_lose_no_read_no_write_and_nothing_acknowledged_when_a_region_is_lost(
    cloud: Cloud, tmp_path: Path
) -> None:
    """One region in one way, drained and evacuated; `make drill` loses each in every way."""
    primary = cloud.regions[0]
    options = (
        f"--regions={primary}",
        "--states=blackhole",
        "--duration=20",
        "--clients=8",
        "--pace=0.6",
        f"--slack={BUSY}",
        f"--into={tmp_path}",
        "--json",
    )
    planned = steps(seconds=20, regions=[primary], states=["blackhole"])
    for _ in range(TRIES):
        status, out, err = ran(cloud, tmp_path, "drill", *options)
        assert out, err
        found: dict[str, Any] = json.loads(out)
        assert found == json.loads((tmp_path / "drill.json").read_text())
        assert [phase["name"] for phase in found["phases"]] == [each.name for each in planned]
        totals = found["totals"]
        assert (totals["lost"], totals["doubled"], totals["duplicates"]) == (0, 0, 0), found["findings"]
        assert totals["writes"]["failed_first"] > 0
        assert totals["acknowledged"] > 50
        assert set(states(cloud).values()) == {"up"}
        assert drained(cloud) is None
        if status == 0:
            break
    assert status == 0, found["failures"]
    assert (totals["reads"]["failed"], totals["writes"]["failed"]) == (0, 0)
    assert found["cores"] >= 1
    assert (tmp_path / "drill.svg").read_text().startswith("<svg")
    assert ran(cloud, tmp_path, "drill-undo") == (0, NOTHING, "")


@pytest.mark.proof
def should_put_back_by_the_command_that_it_names_when_it_is_killed(cloud: Cloud, tmp_path: Path) -> None:
    process = started(cloud, tmp_path, "drill", "--states=error,refuse", "--duration=40", "--clients=4")
    lost = wait_until_lost(cloud, process)
    process.kill()
    printed, _ = process.communicate()
    named = f"twinhull drill-undo --port {cloud.port}"
    assert f"`{named}`" in printed
    assert states(cloud)[lost] == "error"
    reached = clouds.local(cloud.port)
    evacuate(reached, deployment_of(reached), lost)
    status, _, err = ran(cloud, tmp_path, "drill", "--duration=20")
    assert (status, f"{lost} is drained" in err) == (1, True)
    status, out, err = ran(cloud, tmp_path, *named.split()[1:])
    assert status == 0, out + err
    assert set(states(cloud).values()) == {"up"}
    assert drained(cloud) is None
    assert ran(cloud, tmp_path, "drill-undo") == (0, NOTHING, "")


def should_put_back_when_it_is_stopped(cloud: Cloud) -> None:
    primary, _ = cloud.regions

    def stop() -> None:
        wait_until_lost(cloud)
        os.kill(os.getpid(), signal.SIGTERM)

    async def scene() -> None:
        stopping = asyncio.get_running_loop().run_in_executor(None, stop)
        await drill(cloud, step("lost", 60, primary, "refuse"))
        await stopping

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(scene())
    assert set(states(cloud).values()) == {"up"}


def should_refuse_a_second_drill_and_keep_what_the_first_one_wrote_down(cloud: Cloud, tmp_path: Path) -> None:
    switches = LocalSwitches(clouds.local(cloud.port))
    kept = Before(path=tmp_path / "any.json")
    kept.save(switches)
    written = kept.path.read_text()
    with pytest.raises(TroubleError, match="`twinhull drill-undo` puts back"):
        kept.save(switches)
    assert kept.path.read_text() == written
    assert kept.read()["settings"] == dict.fromkeys(cloud.regions, "up")


def should_start_with_everything_up(cloud: Cloud, tmp_path: Path) -> None:
    with cloud.region(cloud.regions[1], "mute"):
        status, _, err = ran(cloud, tmp_path, "drill")
    assert (status, f"{cloud.regions[1]} is down (mute)" in err) == (1, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.proof
def should_take_concurrency_away_and_give_it_back(cloud: Cloud) -> None:
    """What `--aws` does, to the functions of the emulator, which takes no notice."""
    reached = clouds.local(cloud.port)
    deployment = deployment_of(reached)
    primary = deployment.regions[0]
    functions = reached.client("lambda", primary.name)
    special, *_ = names = function_names(primary)

    def reserved(name: str) -> int | None:
        answer = functions.get_function_concurrency(FunctionName=name)
        found: int | None = answer.get("ReservedConcurrentExecutions")
        return found

    functions.put_function_concurrency(FunctionName=special, ReservedConcurrentExecutions=7)
    try:
        switches = ConcurrencySwitches(reached, deployment)
        before = switches.settings()
        assert before[primary.name] == {name: 7 if name == special else None for name in names}
        switches.lose(primary.name, "concurrency")
        assert {reserved(name) for name in names} == {0}
        with pytest.raises(TroubleError, match="it is lost already"):
            switches.settings()
        for _ in range(2):
            switches.put_back(before)
            assert switches.settings() == before
    finally:
        functions.delete_function_concurrency(FunctionName=special)
