"""Each rule that keeps writes from being lost or doubled, taken out: the drill says what that costs.

That it finds nothing while they hold is what `test_drill.py` shows.
"""

from collections.abc import Mapping
from typing import Final

import pytest

from tests.cloud import Cloud
from tests.drills.drilling import drilled, faults, step
from tests.drills.sabotage import Edit, eventual_users, redeployed, replaying_edge
from twinhull.ops.client import Manners

WRITERS: Final = ("Accounts", "Directory")


def without_conditions(source: str) -> str:
    """As valid as before, and true of every item."""
    for condition in ("attribute_not_exists(pk)", "#rev = :seen"):
        assert f'"{condition}"' in source
        source = source.replace(f'"{condition}"', f'"{condition} OR attribute_exists(pk)"')
    return source


NO_COMPARE_AND_SET: Final[Mapping[str, Edit]] = {"users/items.py": without_conditions}


def should_report_what_is_lost_without_the_compare_and_set(cloud: Cloud) -> None:
    with redeployed(cloud, WRITERS, edits=NO_COMPARE_AND_SET):
        found = faults(drilled(cloud, step("calm", 4)))
    assert found["lost"] > 0
    assert found["duplicates"] > 0


@pytest.mark.proof
def should_report_what_comes_twice_without_the_key(cloud: Cloud) -> None:
    primary, _ = cloud.regions
    result = drilled(
        cloud,
        step("lost", 4, primary, "mute"),
        step("back", 1, primary),
        manners=Manners(keyed=False),
        rivals=False,
        plain=False,
    )
    assert faults(result)["doubled"] > 0


@pytest.mark.proof
def should_report_what_comes_twice_when_the_edge_repeats_writes(cloud: Cloud) -> None:
    primary, _ = cloud.regions
    with replaying_edge(cloud) as url:
        result = drilled(
            cloud,
            step("lost", 4, primary, "mute"),
            step("back", 1, primary),
            edge=url,
            rivals=False,
            granters=False,
        )
    assert faults(result)["doubled"] > 0


@pytest.mark.proof
def should_report_who_is_there_twice_where_tables_are_eventual(cloud: Cloud) -> None:
    with (
        eventual_users(cloud) as table,
        redeployed(cloud, (*WRITERS, "Health"), variables={"TABLE_NAME": table}),
    ):
        found = faults(drilled(cloud, step("calm", 5), clients=2, granters=False, plain=False))
    assert found["duplicates"] > 0
