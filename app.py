"""Which stacks exist, in which region, and in which order they are deployed."""

import sys
from itertools import pairwise
from pathlib import Path

from stacks.acknowledged import acknowledge
from stacks.alarms import watch_compute, watch_edge, watch_replication, watch_watch
from stacks.application import Application
from stacks.compute import ComputeStack, PrimaryComputeStack
from stacks.edge import EdgeStack
from stacks.pages import PagesStack
from stacks.replication import ReplicationStack
from stacks.settings import Settings, SettingsError
from stacks.stateful import PrimaryStatefulStack, StatefulStack
from stacks.watch import WatchStack
from twinhull import packaging


def synthesize(app: Application) -> Path:
    """Write the assembly of all stacks; the folder it is in."""
    settings = Settings.from_context(app.node)
    primary, secondary = settings.regions.serving

    stateful = PrimaryStatefulStack(app, settings=settings)
    stateful_secondary = StatefulStack(app, settings=settings, region=secondary)
    compute = PrimaryComputeStack(app, settings=settings, stateful=stateful)
    compute_secondary = ComputeStack(app, settings=settings, region=secondary, stateful=stateful)
    replication = ReplicationStack(app, settings=settings, region=primary)
    replication_secondary = ReplicationStack(app, settings=settings, region=secondary)
    edge = EdgeStack(
        app,
        settings=settings,
        api_domains={primary: compute.api_domain, secondary: compute_secondary.api_domain},
    )

    watches = (
        [
            WatchStack(app, settings=settings, region=region, stateful=stateful, peer=peer, edge=edge)
            for region, peer in ((primary, compute_secondary), (secondary, compute))
        ]
        if settings.watchdog != "off"
        else []
    )
    pages = PagesStack(app, settings=settings, region=primary, edge=edge)
    pages_secondary = PagesStack(app, settings=settings, region=secondary, edge=edge)

    if settings.alarms != "off":
        watch_compute(compute, settings)
        watch_compute(compute_secondary, settings)
        watch_replication(replication, settings)
        watch_replication(replication_secondary, settings)
        watch_edge(edge, settings)
        for watch in watches:
            watch_watch(watch, settings)

    # One region after the other: a bad release never reaches both at once.
    order = [
        stateful,
        stateful_secondary,
        compute,
        compute_secondary,
        replication,
        replication_secondary,
        edge,
        *watches,
        pages,
        pages_secondary,
    ]
    for earlier, later in pairwise(order):
        later.add_stack_dependency(earlier)

    acknowledge(app, settings)
    assembly = Path(app.synth().directory)
    functions = (*compute.functions, *compute_secondary.functions, *(one.function for one in watches))
    packaging.write_manifest(assembly, {function.asset_hash: function.package for function in functions})
    return assembly


if __name__ == "__main__":
    try:
        synthesize(Application())
    except (SettingsError, packaging.PackagingError) as error:
        sys.exit(f"✗ {error}")
