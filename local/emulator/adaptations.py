"""Everything that is added to MiniStack, in one list."""

from local.emulator import tables, workers
from local.emulator.properties import global_table
from local.emulator.types import bucket_deployment


def install(*, replication_delay: float, workers_per_function: int) -> None:
    """Add what our templates need and MiniStack lacks; to be called once, before it serves."""
    tables.install(delay=replication_delay)
    workers.install(workers_per_function)
    for module in (bucket_deployment, global_table):
        module.install()
