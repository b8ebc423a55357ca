"""The processes of functions: at most so many, further calls queue (MiniStack starts one for each); and their
environment: addresses of APIs as they are reached on this machine, and the region as they tell others of it.
"""

import threading
from typing import Any

from ministack.services import lambda_svc

from local.emulator import lost_buckets
from local.emulator.regions import Regions

_acquire = lambda_svc.acquire_worker
_release = lambda_svc.release_worker


def install(cap: int, regions: Regions) -> None:
    """Let at most `cap` calls of one version of a function run at once, in the order they came."""
    guard = threading.Lock()
    places: dict[tuple[str, str], threading.Semaphore] = {}
    # A call is served on one thread, and what failed is released as None.
    mine = threading.local()

    def acquire(
        name: str, config: dict[str, Any], code: bytes, qualifier: str = "$LATEST"
    ) -> tuple[Any, str]:
        with guard:
            place = places.setdefault((config["FunctionArn"], qualifier), threading.Semaphore(cap))
        place.acquire()
        try:
            worker, reason = _acquire(name, _prepared(config, regions), code, qualifier=qualifier)
        except BaseException:
            place.release()
            raise
        mine.__dict__.setdefault("taken", []).append(place)
        return worker, reason

    def release(worker: Any) -> None:
        _release(worker)
        if taken := mine.__dict__.get("taken"):
            taken.pop().release()

    lambda_svc.acquire_worker = acquire
    lambda_svc.release_worker = release


def _prepared(config: dict[str, Any], regions: Regions) -> dict[str, Any]:
    environment = config.get("Environment") or {}
    variables = environment.get("Variables") or {}
    here = {name: regions.reachable(str(value)) for name, value in variables.items()}
    here[lost_buckets.VARIABLE] = config["FunctionArn"].split(":")[3]
    return {**config, "Environment": {**environment, "Variables": here}}
