"""What `twinhull status` shows, and how it ends."""

import json
from collections.abc import Callable

import pytest

from tests.ops.conftest import Twinhull
from tests.ops.queues import Queues
from tests.ops.world import EAST, WEST, World, refusal, silence
from twinhull.ops.trouble import Exit


def should_say_that_all_is_well(world: World, twinhull: Twinhull) -> None:
    ran = twinhull("status")
    assert ran.status == Exit.OK
    assert ran.out.splitlines()[-1] == "✓ All is well."
    for text in (
        "us-east-1 (primary)",
        "us-west-2 (secondary)",
        "✓ yes, 200",
        "report: no look",
        "operator 7",
    ):
        assert text in ran.out
    assert ran.out.startswith(f"Page   {world.url}/edge/  200 in ")
    assert "Edge   sends writes to us-east-1  405 in " in ran.out


def should_change_nothing_by_looking(world: World, twinhull: Twinhull) -> None:
    twinhull("status")
    assert world.store.writes == 0
    assert world.tables[EAST].keys == world.tables[WEST].keys == []


def should_print_one_document_for_programs(world: World, twinhull: Twinhull) -> None:
    seen = [json.dumps({"peer": EAST, "outcome": each}) for each in ("unhealthy", "healthy")]
    world.services["logs", WEST].lines = [*seen, "END", "[1]"]
    ran = twinhull("status", "--json")
    assert ran.status == Exit.OK
    document = ran.json
    east, west = document.pop("regions")
    assert (
        document.pop("page").keys() == document.pop("edge").keys() == {"status", "region", "seconds", "fault"}
    )
    assert document == {
        "name": "shop",
        "url": "https://any.cloudfront.net",
        "known_since": None,
        "exit": 0,
        "findings": [],
        "unknown": [],
        "drained": None,
        "drained_since": None,
    }
    assert (east["name"], east["role"], east["drained"], east["ready"]) == (EAST, "primary", False, True)
    assert west["api"].pop("seconds") >= 0
    assert west == {
        "name": WEST,
        "role": "secondary",
        "drained": False,
        "ready": True,
        "api": {"status": 200, "region": WEST, "fault": None},
        "watchdog": {
            "mode": "report",
            "looked_at": "2026-11-25T12:01:00+00:00",
            "outcome": "healthy",
            "peer_healthy": 0.5,
        },
        "functions": {
            "health": {"version": "7", "code": "same-everywhere"},
            "operator": {"version": "7", "code": "same-everywhere"},
        },
        "queues": {},
    }


def should_name_the_command_that_helps_when_a_region_is_lost(world: World, twinhull: Twinhull) -> None:
    world.status[WEST] = None
    ran = twinhull("status")
    assert ran.status == Exit.ATTENTION
    assert "! us-west-2 is not ready: 502 from no region. `twinhull evacuate us-west-2` sends" in ran.out


def should_advise_no_evacuation_to_a_region_that_is_not_ready(world: World, twinhull: Twinhull) -> None:
    world.status = {EAST: 503, WEST: 503}
    ran = twinhull("status")
    assert ran.status == Exit.ATTENTION
    assert "us-east-1 is not ready: 503 from us-east-1." in ran.out
    assert "evacuate" not in ran.out


def should_show_what_is_drained_and_since_when(world: World, twinhull: Twinhull) -> None:
    twinhull("evacuate", EAST, "--yes")
    ran = twinhull("status")
    assert ran.status == Exit.ATTENTION
    sentence = (
        "us-east-1 is drained since 2026-11-25 12:00:00 UTC: `twinhull restore us-east-1` when it is well."
    )
    assert f"! {sentence}" in ran.out
    document = twinhull("status", "--json").json
    assert (document["drained"], document["findings"], document["exit"]) == (EAST, [sentence], 1)
    assert [region["drained"] for region in document["regions"]] == [True, False]


def should_report_an_edge_that_does_not_obey(world: World, twinhull: Twinhull) -> None:
    world.store.set(EAST)
    world.lag = 1000
    assert "! The edge still sends requests to us-east-1, which is drained." in twinhull("status").out


def breaks_the_page(world: World) -> None:
    world.page = 403


def rotates_the_edge_away(world: World) -> None:
    world.status[EAST] = None


def names_a_stranger(world: World) -> None:
    world.store.set("eu-west-1")


def deploys_one_region_only(world: World) -> None:
    world.services["lambda", WEST].code["health"] = "newer"


@pytest.mark.parametrize(
    ("ill", "said"),
    [
        (breaks_the_page, "! The page does not answer as it should: 403 from no region."),
        (rotates_the_edge_away, "! A write through the edge reached no region: 502 from no region."),
        (names_a_stranger, "! The key-value store names eu-west-1, which is no region: nothing is drained."),
        (deploys_one_region_only, "! The regions run different releases of health: deploy one to both"),
    ],
)
def should_end_with_one_when_something_is_wrong(
    world: World, twinhull: Twinhull, ill: Callable[[World], None], said: str
) -> None:
    ill(world)
    ran = twinhull("status")
    assert ran.status == Exit.ATTENTION
    assert said in ran.out
    assert "All is well" not in ran.out


@pytest.mark.parametrize(
    ("service", "missing"),
    [
        ("cloudfront-keyvaluestore", "drained"),
        ("lambda", "functions"),
        ("logs", "watchdog"),
    ],
)
def should_end_with_three_when_something_cannot_be_known(
    world: World, twinhull: Twinhull, service: str, missing: str
) -> None:
    world.silent.add((service, EAST))
    ran = twinhull("status")
    assert ran.status == Exit.UNKNOWN
    assert "? No answer when " in ran.out
    assert "not known" in ran.out
    east = twinhull("status", "--json").json["regions"][0]
    assert east[missing] is None or missing == "watchdog"
    assert east["watchdog"]["outcome"] is None


@pytest.mark.parametrize("fault", [refusal("AccessDeniedException"), silence()])
def should_not_know_whether_regions_are_ready_without_the_secret(
    world: World, twinhull: Twinhull, fault: Exception
) -> None:
    for secret in world.secrets.values():
        secret.fault = fault
    document = twinhull("status", "--json").json
    assert (document["exit"], document["findings"]) == (3, [])
    assert len(document["unknown"]) == 1
    assert [region["ready"] for region in document["regions"]] == [None, None]


def should_let_what_is_wrong_outweigh_what_is_not_known(world: World, twinhull: Twinhull) -> None:
    world.silent.add(("lambda", WEST))
    world.status[WEST] = None
    assert twinhull("status").status == Exit.ATTENTION


def should_say_that_nobody_watches(world: World, twinhull: Twinhull) -> None:
    for region in (EAST, WEST):
        del world.services["cloudformation", region].stacks[f"shop-watch-{region}"]
    ran = twinhull("status", given=False)
    assert ran.status == Exit.OK
    assert "off" in ran.out
    document = twinhull("status", "--json", given=False).json
    assert {region["watchdog"]["mode"] for region in document["regions"]} == {"off"}


SERVICES = ("cloudformation", "dynamodb", "lambda", "logs", "secretsmanager", "sqs")


def lose(world: World, region: str) -> None:
    """Nothing of a region answers; the edge's own store is global."""
    world.status[region] = None
    world.silent |= {(service, region) for service in SERVICES}


@pytest.mark.parametrize("lost", [EAST, WEST])
def should_work_while_a_region_is_lost_whose_addresses_are_remembered(
    world: World, twinhull: Twinhull, lost: str
) -> None:
    assert twinhull("status", given=False).status == Exit.OK
    lose(world, lost)
    ran = twinhull("status", given=False)
    assert ran.status == Exit.ATTENTION
    assert "CloudFormation was silent: addresses as of 20" in ran.out
    assert f"{lost} is not ready" in ran.out
    assert twinhull("evacuate", lost, "--yes", given=False).status == Exit.OK
    assert world.store.drained == lost


@pytest.mark.parametrize("lost", [EAST, WEST])
def should_say_how_to_go_on_when_nothing_is_remembered(world: World, twinhull: Twinhull, lost: str) -> None:
    lose(world, lost)
    ran = twinhull("status", given=False)
    assert ran.status == Exit.UNKNOWN
    assert "give the file that `cdk deploy --outputs-file` wrote by --outputs" in ran.err
    assert twinhull("status", given=True).status == Exit.ATTENTION


def should_ask_a_silent_cloudformation_once(world: World, twinhull: Twinhull) -> None:
    twinhull("status", given=False)
    world.asked.clear()
    lose(world, WEST)
    twinhull("status", given=False)
    assert world.asked.count(("cloudformation", WEST)) == 1


def should_know_no_such_deployment(world: World, twinhull: Twinhull) -> None:
    world.services["cloudformation", EAST].stacks.clear()
    ran = twinhull("status", "--json", given=False)
    assert (ran.status, ran.json["error"]["code"]) == (Exit.UNKNOWN, "not-found")


def should_count_what_waits_and_lies_aside(queued: Queues, twinhull: Twinhull) -> None:
    queued.of(EAST).send("intake", "one", "two")
    queued.of(WEST).lay_aside("intake", "poison")
    ran = twinhull("status")
    assert ran.status == Exit.ATTENTION
    assert "2 wait, 0 in work, 0 aside" in ran.out
    assert (
        "! 1 messages of intake lie aside in us-west-2: when what they failed at is mended, "
        "`twinhull redrive intake --region us-west-2`." in ran.out
    )
    east, west = twinhull("status", "--json").json["regions"]
    assert east["queues"] == {"intake": {"waiting": 2, "working": 0, "dead": 0}}
    assert west["queues"] == {"intake": {"waiting": 0, "working": 0, "dead": 1}}


def should_not_know_the_queues_of_a_silent_region(queued: Queues, world: World, twinhull: Twinhull) -> None:
    world.silent.add(("sqs", WEST))
    assert twinhull("status").status == Exit.UNKNOWN
    assert twinhull("status", "--json").json["regions"][1]["queues"] is None


def should_say_what_is_not_answered_in_time(world: World, twinhull: Twinhull) -> None:
    world.services["lambda", EAST].get_function_configuration = lambda **_: (_ for _ in ()).throw(silence())
    assert "? No answer when asking what runs in us-east-1" in twinhull("status").out
