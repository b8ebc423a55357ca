"""Asking how a deployment is. Nothing is changed by that."""

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TypeVar

from twinhull.ops.asking import Heard
from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Deployment, Region
from twinhull.ops.edge import Store, ask_edge, ask_page
from twinhull.ops.origin import OriginSecret, ask_api, read_any_secret
from twinhull.ops.queues import counts
from twinhull.ops.releases import running
from twinhull.ops.status import Known, RegionStatus, Status
from twinhull.ops.trouble import TroubleError
from twinhull.ops.watching import Look, last_look

T = TypeVar("T")


def survey(cloud: Cloud, deployment: Deployment) -> Status:
    """Ask everything at once, so that what is silent costs its own time only."""
    with ThreadPoolExecutor(max_workers=16) as threads:
        page = threads.submit(ask_page, cloud, deployment)
        edge = threads.submit(ask_edge, cloud, deployment)
        drained = threads.submit(_known, Store(cloud, deployment).read)
        secret = threads.submit(_known, lambda: read_any_secret(cloud, deployment))
        first, second = (_Asking(threads, cloud, deployment, region, secret) for region in deployment.regions)
        return Status(
            deployment=deployment,
            page=page.result(),
            edge=edge.result(),
            drained=drained.result(),
            regions=(first.answer(), second.answer()),
        )


class _Asking:
    """What is asked about one region."""

    def __init__(
        self,
        threads: Executor,
        cloud: Cloud,
        deployment: Deployment,
        region: Region,
        secret: "Future[Known[OriginSecret]]",
    ) -> None:
        def ready() -> Heard:
            return ask_api(cloud, deployment, region, secret.result().certain.settled)

        def look() -> Look | None:
            if region.watchdog is None:
                return None
            return last_look(cloud, region, region.watchdog)

        self._region = region
        self._ready = threads.submit(_known, ready)
        self._look = threads.submit(_known, look)
        self._functions = threads.submit(_known, lambda: running(cloud, region))
        self._queues = threads.submit(_known, lambda: counts(cloud, region))

    def answer(self) -> RegionStatus:
        return RegionStatus(
            region=self._region,
            ready=self._ready.result(),
            watchdog=self._look.result(),
            functions=self._functions.result(),
            queues=self._queues.result(),
        )


def _known(call: Callable[[], T]) -> Known[T]:
    try:
        return Known(value=call())
    except TroubleError as trouble:
        return Known(trouble=trouble)
