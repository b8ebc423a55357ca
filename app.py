"""Which stacks exist, in which region, and in which order they are deployed."""

import sys
from pathlib import Path

from stacks.application import Application
from stacks.compute import ComputeStack
from stacks.edge import EdgeStack
from stacks.pages import PagesStack
from stacks.settings import Settings, SettingsError
from stacks.stateful import PrimaryStatefulStack, StatefulStack
from twinhull import packager


def synthesize(app: Application) -> Path:
    """Write the assembly of all stacks; the folder it is in."""
    settings = Settings.from_context(app.node)
    primary, secondary = settings.regions.serving

    stateful = PrimaryStatefulStack(app, settings=settings)
    stateful_secondary = StatefulStack(app, settings=settings, region=secondary)
    compute = ComputeStack(app, settings=settings, region=primary, stateful=stateful)
    compute_secondary = ComputeStack(app, settings=settings, region=secondary, stateful=stateful)
    edge = EdgeStack(
        app,
        settings=settings,
        api_domains={primary: compute.api_domain, secondary: compute_secondary.api_domain},
    )

    pages = PagesStack(app, settings=settings, region=primary)
    pages_secondary = PagesStack(app, settings=settings, region=secondary)

    # One region after the other: a bad release never reaches both at once.
    stateful_secondary.add_stack_dependency(stateful)
    compute.add_stack_dependency(stateful_secondary)
    compute_secondary.add_stack_dependency(compute)
    edge.add_stack_dependency(compute_secondary)
    pages.add_stack_dependency(edge)
    pages_secondary.add_stack_dependency(pages)

    assembly = Path(app.synth().directory)
    functions = (*compute.functions, *compute_secondary.functions)
    packager.write_manifest(assembly, {function.asset_hash: function.package for function in functions})
    return assembly


if __name__ == "__main__":
    try:
        synthesize(Application())
    except (SettingsError, packager.PackagingError) as error:
        sys.exit(f"✗ {error}")
