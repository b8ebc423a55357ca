"""Rotating the origin secret: each step, begun again at each point, and never out of order."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.ops.conftest import Twinhull
from tests.ops.world import EAST, WEST, World, outputs, refusal, silence
from twinhull.ops import cloud, rotation
from twinhull.ops.deployment import Deployment
from twinhull.ops.origin import OriginSecret, secret_regions
from twinhull.ops.rotation import Rotation
from twinhull.ops.trouble import Exit, TroubleError
from twinhull.watchdog import handler as watchdog
from web import cached_secret


class Waits:
    """Time, which passes only here; ``when`` is what happens while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.when: Callable[[], None] = lambda: None

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.when()


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> Waits:
    waits = Waits()
    monkeypatch.setattr(rotation, "time", waits)
    return waits


class Edge:
    """CloudFront's control plane: what the distribution sends, in all of its origins for APIs."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.status = "Deployed"

    def get_distribution(self, Id: str) -> dict[str, Any]:  # noqa: N803
        assert Id == "ANY"
        header = {"HeaderName": "X-Origin-Verify", "HeaderValue": self.world.edge_value}
        origins = [
            {"Id": "site"},
            *({"Id": f"read-{region}", "CustomHeaders": {"Items": [header]}} for region in (EAST, WEST)),
        ]
        return {
            "Distribution": {"Status": self.status, "DistributionConfig": {"Origins": {"Items": origins}}}
        }


@pytest.fixture
def edge(world: World) -> Edge:
    edge = Edge(world)
    world.services["cloudfront", EAST] = edge
    return edge


class Operator:
    """Somebody who runs the command, deploys the edge when told to, and sees no value."""

    def __init__(self, world: World, edge: Edge, twinhull: Twinhull) -> None:
        self.world = world
        self.edge = edge
        self._twinhull = twinhull
        self.printed = ""
        self.values: set[str] = set()

    def rotate(self, *options: str, yes: bool = True) -> Any:
        ran = self._twinhull("rotate-origin", *(["--yes"] if yes else []), *options)
        self.printed += ran.out + ran.err
        self.values |= set(self.secret["values"].values()) | {self.world.edge_value}
        return ran

    @property
    def secret(self) -> Any:
        content = self.world.secrets[EAST].content
        return {"values": {k: v for k, v in content.items() if k in "ab"}, "next": content.get("next")}

    def deploy_edge(self, key: str) -> None:
        self.world.edge_value = self.world.secrets[EAST].content[key]


@pytest.fixture
def operator(world: World, edge: Edge, twinhull: Twinhull) -> Operator:
    for secret in world.secrets.values():
        secret.copies = list(world.secrets.values())
    return Operator(world, edge, twinhull)


def should_replace_the_value_without_a_moment_in_which_a_request_is_refused(operator: Operator) -> None:
    world = operator.world
    for old, new in (("a", "b"), ("b", "a")):
        before = world.edge_value
        ran = operator.rotate()
        assert ran.status == Exit.OK, ran.err
        assert operator.secret["values"][old] == before
        assert (set(operator.secret["values"]), operator.secret["next"]) == ({"a", "b"}, new)
        assert f'set "origin_key": "{new}"' in ran.out
        assert "cdk deploy -e shop-edge" in ran.out
        assert world.reaches() == {EAST, WEST}

        operator.deploy_edge(new)
        assert world.reaches() == {EAST, WEST}
        ran = operator.rotate()
        assert ran.status == Exit.OK, ran.err
        assert f"the secret holds {new} alone" in ran.out
        assert (set(operator.secret["values"]), operator.secret["next"]) == ({new}, None)
        assert world.edge_value != before
        assert world.reaches() == {EAST, WEST}


def should_tell_to_start_the_cloud_of_this_machine_again_instead_of_deploying(
    world: World, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = replace(world.cloud, is_local=True)
    monkeypatch.setattr(cloud, "aws", lambda: here)
    monkeypatch.setattr(cloud.Cloud, "client", lambda _, name, region: world.client(name, region_name=region))
    said = operator.rotate().out
    assert "stop `make up` and start it again" in said
    assert "cdk deploy" not in said


def should_never_print_a_value(operator: Operator) -> None:
    for step in range(2):
        for options in (("--json",), ()):
            operator.rotate(*options)
        operator.deploy_edge("b" if step == 0 else "a")
    assert len(operator.values) >= 2
    assert [value for value in operator.values if value in operator.printed] == []
    assert not any(value in repr(OriginSecret.of(json.dumps({"a": value}))) for value in operator.values)


def should_make_values_that_nobody_guesses(operator: Operator) -> None:
    operator.rotate()
    new = operator.secret["values"]["b"]
    assert len(new) == rotation.LENGTH
    assert new.isalnum()


def should_go_on_where_it_was_when_it_is_run_again(operator: Operator) -> None:
    operator.rotate()
    seen = operator.secret
    again = operator.rotate("--json", yes=False)
    assert again.status == Exit.OK
    assert operator.secret == seen
    assert again.json["step"] == "switch"
    assert (again.json["origin_key"], again.json["sent"]) == ("b", "a")


def should_wait_for_a_minute_in_which_functions_may_not_ask_again(operator: Operator, waits: Waits) -> None:
    operator.rotate()
    assert waits.now > cached_secret.REFETCH_SECONDS


def should_tell_to_deploy_only_when_every_region_has_the_value(operator: Operator, waits: Waits) -> None:
    world = operator.world
    replica = world.secrets[WEST]
    world.secrets[EAST].copies = [world.secrets[EAST]]
    ran = operator.rotate()
    assert ran.status == Exit.ATTENTION
    assert "us-west-2 does not hold the secret that us-east-1 holds" in ran.err
    assert "Now let CloudFront send it" not in ran.out
    waits.when = lambda: setattr(replica, "content", world.secrets[EAST].content)
    assert operator.rotate().status == Exit.OK


@pytest.mark.parametrize("region", [EAST, WEST])
def should_tell_to_deploy_only_when_every_api_accepts_the_value(operator: Operator, region: str) -> None:
    world = operator.world
    world.knows_only[region] = {"value-of-a"}
    ran = operator.rotate()
    assert ran.status == Exit.ATTENTION
    assert f"{region} does not accept the new value (403 from {region})" in ran.err
    assert "Now let CloudFront send it" not in ran.out
    world.knows_only.clear()
    assert operator.rotate().status == Exit.OK


def should_not_tell_to_deploy_while_a_region_is_lost(operator: Operator) -> None:
    operator.world.status[WEST] = None
    ran = operator.rotate()
    assert (ran.status, operator.secret["next"]) == (Exit.ATTENTION, "b")
    assert "us-west-2 does not accept the new value" in ran.err


def should_take_a_region_that_is_not_ready_for_one_that_accepts(operator: Operator) -> None:
    operator.world.status[WEST] = 503
    assert operator.rotate().status == Exit.OK


def should_keep_the_earlier_value_until_every_edge_location_sends_the_new_one(
    operator: Operator, waits: Waits
) -> None:
    operator.rotate()
    operator.deploy_edge("b")
    operator.edge.status = "InProgress"
    ran = operator.rotate()
    assert ran.status == Exit.ATTENTION
    assert "it is still being deployed" in ran.err
    assert set(operator.secret["values"]) == {"a", "b"}
    waits.when = lambda: setattr(operator.edge, "status", "Deployed")
    assert operator.rotate().status == Exit.OK
    assert set(operator.secret["values"]) == {"b"}


def should_keep_the_earlier_value_when_what_is_sent_is_refused(operator: Operator) -> None:
    operator.rotate()
    operator.deploy_edge("b")
    operator.world.knows_only[EAST] = {"value-of-a"}
    ran = operator.rotate("--json")
    assert (ran.status, ran.json["error"]["code"]) == (Exit.ATTENTION, "not-accepted")
    assert set(operator.secret["values"]) == {"a", "b"}


def should_retire_the_earlier_value_while_a_region_is_lost(operator: Operator) -> None:
    operator.rotate()
    operator.deploy_edge("b")
    operator.world.status[WEST] = None
    assert operator.rotate().status == Exit.OK
    assert set(operator.secret["values"]) == {"b"}


@pytest.mark.parametrize(
    ("rotated", "deployed", "wished", "said"),
    [
        (False, False, "retire", "no new value has been added yet"),
        (True, False, "retire", "the edge does not send b yet: deploy it with origin_key=b"),
        (True, False, "add", "the edge does not send b yet"),
        (True, True, "add", "the earlier value is to be retired first"),
    ],
)
def should_refuse_steps_out_of_order(
    operator: Operator, rotated: bool, deployed: bool, wished: str, said: str
) -> None:
    if rotated:
        operator.rotate()
    if deployed:
        operator.deploy_edge("b")
    before = operator.secret
    ran = operator.rotate("--step", wished, "--json")
    assert (ran.status, ran.json["error"]["code"]) == (Exit.ATTENTION, "out-of-order")
    assert said in ran.json["error"]["detail"]
    assert operator.secret == before


def should_do_the_step_that_is_wished_for_when_it_is_next(operator: Operator) -> None:
    assert operator.rotate("--step", "add").status == Exit.OK
    operator.deploy_edge("b")
    assert operator.rotate("--step", "retire").status == Exit.OK
    assert operator.rotate("--step", "switch").status == Exit.USAGE


def should_change_nothing_unless_the_name_is_typed(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = operator.secret
    monkeypatch.setattr("builtins.input", lambda _: "no")
    assert operator.rotate(yes=False).status == Exit.ATTENTION
    assert operator.rotate("--json", yes=False).status == Exit.USAGE
    assert operator.secret == before
    monkeypatch.setattr("builtins.input", lambda _: "shop")
    assert operator.rotate(yes=False).status == Exit.OK


def should_replace_an_unused_value_that_somebody_left(operator: Operator) -> None:
    for secret in operator.world.secrets.values():
        secret.content = {"a": "value-of-a", "b": "left-behind"}
    operator.rotate()
    assert operator.secret["values"]["a"] == "value-of-a"
    assert operator.secret["values"]["b"] != "left-behind"


def should_cure_an_edge_that_sends_what_nobody_accepts(operator: Operator) -> None:
    operator.world.edge_value = "forgotten"
    ran = operator.rotate()
    assert "CloudFront sends a value that no region accepts" in ran.out
    operator.deploy_edge("b")
    assert operator.world.reaches() == {EAST, WEST}


def should_write_nothing_over_what_somebody_else_wrote(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def somebody_rotates(_: str) -> str:
        for secret in operator.world.secrets.values():
            secret.content = {"a": "value-of-a", "b": "theirs", "next": "b"}
        return "shop"

    monkeypatch.setattr("builtins.input", somebody_rotates)
    ran = operator.rotate(yes=False)
    assert ran.status == Exit.ATTENTION
    assert "Somebody else has changed the secret meanwhile" in ran.err
    assert operator.secret["values"]["b"] == "theirs"


def press() -> None:
    raise KeyboardInterrupt


def should_say_at_ctrl_c_how_to_go_on(operator: Operator, waits: Waits) -> None:
    waits.when = press
    ran = operator.rotate()
    assert (ran.status, ran.err.splitlines()[-1]) == (
        Exit.INTERRUPTED,
        "✗ Interrupted: nothing is lost; the same command goes on waiting.",
    )
    waits.when = lambda: None
    operator.rotate()
    operator.deploy_edge("b")
    waits.when = press
    ran = operator.rotate()
    assert ran.status == Exit.INTERRUPTED
    assert "the earlier value may still be in the secret; the same command goes on" in ran.err
    waits.when = lambda: None
    assert operator.rotate().status == Exit.OK
    assert set(operator.secret["values"]) == {"b"}


def should_not_know_when_aws_cannot_be_asked(operator: Operator) -> None:
    operator.world.silent.add(("cloudfront", EAST))
    assert operator.rotate().status == Exit.UNKNOWN
    operator.world.silent.clear()
    operator.world.secrets[EAST].fault = silence()
    assert operator.rotate().status == Exit.UNKNOWN


def should_not_quote_what_it_could_not_write(operator: Operator) -> None:
    operator.world.secrets[EAST].refuses = refusal(
        "AccessDeniedException", "not authorized to PutSecretValue"
    )
    ran = operator.rotate()
    assert ran.status == Exit.UNKNOWN
    assert "Not allowed when writing the origin secret in us-east-1" in ran.err
    assert set(operator.secret["values"]) == {"a"}


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "{}", '{"a": ""}', '{"a": null}', '{"a": 7}'])
def should_take_an_absent_or_empty_value_for_none(world: World, operator: Operator, text: str) -> None:
    world.secrets[EAST].text = text
    ran = operator.rotate("--json")
    assert (ran.status, ran.json["error"]["code"]) == (Exit.UNKNOWN, "bad-secret")


@pytest.mark.parametrize(
    ("content", "settled"),
    [
        ({"a": "A"}, "A"),
        ({"b": "B"}, "B"),
        ({"a": "A", "b": "B"}, "A"),
        ({"a": "A", "b": "B", "next": "b"}, "A"),
        ({"a": "A", "b": "B", "next": "a"}, "B"),
        ({"a": "", "b": "B", "next": "b"}, "B"),
        ({"a": "A", "next": "b"}, "A"),
    ],
)
def should_let_watchdogs_and_commands_send_what_every_region_knows(
    content: dict[str, str], settled: str
) -> None:
    assert OriginSecret.of(json.dumps(content)).settled == settled
    assert watchdog.settled(content) == settled


def should_wait_for_the_edges_region_where_no_region_serves() -> None:
    described = outputs()
    described["shop-edge"]["Regions"] = "eu-west-1,eu-west-2"
    for here, there in ((EAST, "eu-west-1"), (WEST, "eu-west-2")):
        described[f"shop-compute-{there}"] = described.pop(f"shop-compute-{here}")
    assert secret_regions(Deployment.of("shop", described)) == ["eu-west-1", "eu-west-2", EAST]


def should_be_usable_without_the_command(world: World, operator: Operator) -> None:
    said: list[str] = []
    steps = Rotation(world.cloud, world.deployment, said.append)
    steps.spread(steps.add(steps.look()))
    with pytest.raises(TroubleError, match="does not send the new value"):
        steps.verify(steps.look())
    assert said
