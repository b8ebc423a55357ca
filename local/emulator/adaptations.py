"""Everything that is added to MiniStack, in one list."""

from pathlib import Path

from local.emulator import (
    account_hosts,
    lost_buckets,
    permissions,
    prompt_stacks,
    recovery,
    regions,
    replicas,
    stack_outputs,
    tables,
    unpacked,
    workers,
)
from local.emulator.properties import bucket, global_table, secret
from local.emulator.types import (
    bucket_deployment,
    bucket_replication,
    composite_alarm,
    metric_math_alarm,
    query_definition,
)
from local.keys import Keys


def install(
    home: Path,
    keys: Keys,
    *,
    replication_delay: float,
    workers_per_function: int,
    decisions: Path | None = None,
) -> None:
    """Add what our templates need and MiniStack lacks; to be called once, before it serves."""
    permissions.install(home, keys, decisions=decisions)
    tables.install(delay=replication_delay)
    recovery.install()
    known = regions.Regions(home)
    regions.install(known)
    workers.install(workers_per_function, known)
    unpacked.install()
    account_hosts.install()
    stack_outputs.install()
    prompt_stacks.install()
    replicas.install(known, delay=replication_delay)
    lost_buckets.install(known)
    types = (bucket_deployment, bucket_replication, composite_alarm, metric_math_alarm, query_definition)
    for module in (*types, bucket, global_table, secret):
        module.install()
