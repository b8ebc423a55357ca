"""Drills of the running cloud, in this process: what the command does, with a plan of a test's own."""

import asyncio
from typing import Any

from tests.cloud import Cloud
from twinhull.ops import cloud as clouds
from twinhull.ops.deployment import Deployment, look_up
from twinhull.ops.drill.plan import Kind, Step
from twinhull.ops.drill.result import Result
from twinhull.ops.drill.run import Drill, Options
from twinhull.ops.drill.switches import LocalSwitches
from twinhull.ops.known import Known

BUSY = 20.0
"""Seconds more for what is promised in seconds: figures come from `make drill`, not from tests."""


def step(kind: Kind, seconds: float, region: str | None = None, state: str | None = None) -> Step:
    return Step(kind=kind, seconds=seconds, region=region, state=state)


def deployment_of(cloud: clouds.Cloud) -> Deployment:
    return look_up(cloud, "twinhull", Known(None))


async def drill(cloud: Cloud, *steps: Step, edge: str | None = None, **options: Any) -> Result:
    """Drill these steps."""
    reached = clouds.local(cloud.port)
    switches = LocalSwitches(reached)
    made = Options(
        seconds=sum(step.seconds for step in steps),
        clients=options.pop("clients", 6),
        pace=0.3,
        regions=cloud.regions,
        states=switches.states,
        steps=steps,
        slack=BUSY,
        warm_up=0,
        **options,
    )
    return await Drill(
        cloud=reached,
        deployment=deployment_of(reached),
        switches=switches,
        settings=switches.settings(),
        administrator=cloud.admin,
        options=made,
        edge=edge or cloud.url,
    ).run()


def drilled(cloud: Cloud, *steps: Step, **options: Any) -> Result:
    """What a drill of these steps finds."""
    return asyncio.run(drill(cloud, *steps, **options))


def faults(result: Result) -> dict[str, int]:
    """How much is lost, doubled or there twice."""
    totals = result.document["totals"]
    return {name: totals[name] for name in ("lost", "doubled", "duplicates") if totals[name]}
