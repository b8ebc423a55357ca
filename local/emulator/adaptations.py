"""Everything that is added to MiniStack, in one list."""

from local.emulator import prompt_stacks, stack_outputs, tables, unpacked, workers
from local.emulator.properties import bucket, global_table, secret
from local.emulator.types import bucket_deployment


def install(*, replication_delay: float, workers_per_function: int) -> None:
    """Add what our templates need and MiniStack lacks; to be called once, before it serves."""
    tables.install(delay=replication_delay)
    workers.install(workers_per_function)
    unpacked.install()
    stack_outputs.install()
    prompt_stacks.install()
    for module in (bucket_deployment, bucket, global_table, secret):
        module.install()
