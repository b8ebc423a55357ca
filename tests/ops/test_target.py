"""Which deployment a command is about, and what this machine knows of it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ops.conftest import Twinhull
from tests.ops.world import EAST, World, outputs
from twinhull.ops import cloud
from twinhull.ops import main as command_line
from twinhull.ops.known import Known, remembered
from twinhull.ops.target import Target
from twinhull.ops.trouble import Exit, TroubleError


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the user's caches are."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def should_be_about_the_deployment_of_the_folder(world: World, tmp_path: Path) -> None:
    target = Target(name=None, make_cloud=lambda: world.cloud, folder=tmp_path)
    for content in (None, "{", '{"context": {}}'):
        if content is not None:
            (tmp_path / "cdk.json").write_text(content)
        with pytest.raises(TroubleError, match="Give --name before the command"):
            target.looked_up()
    (tmp_path / "cdk.json").write_text('{"context": {"twinhull": {"name": "shop"}}}')
    assert target.looked_up().name == "shop"


def should_remember_what_it_looked_up_on_aws_and_nothing_of_the_cloud_on_this_machine(
    world: World, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = replace(world.cloud, is_local=True)
    monkeypatch.setattr(
        "twinhull.ops.cloud.Cloud.client",
        lambda _, service, region: world.client(service, region_name=region),
    )
    Target(name="shop", make_cloud=lambda: here).looked_up()
    assert not cache.exists()
    Target(name="shop", make_cloud=lambda: world.cloud).looked_up()
    assert [one.name for one in (cache / "twinhull").iterdir()] == ["shop@default.json"]


def should_ask_nobody_for_what_it_remembers(world: World, twinhull: Twinhull) -> None:
    assert twinhull("evacuate", EAST, "--yes", given=False).status == Exit.OK
    assert ("cloudformation", EAST) in world.asked
    world.asked.clear()
    assert twinhull("restore", EAST, "--yes", given=False).status == Exit.OK
    assert ("cloudformation", EAST) not in world.asked


def should_refuse_a_file_that_is_none_of_outputs(world: World, twinhull: Twinhull) -> None:
    twinhull.outputs.write_text("[]")
    ran = twinhull("status")
    assert ran.status == Exit.USAGE
    assert "is not what `cdk deploy --outputs-file` writes" in ran.err


def should_look_again_when_what_it_remembers_cannot_be_read(world: World, cache: Path) -> None:
    path = remembered("shop").path
    assert path
    path.parent.mkdir(parents=True)
    path.write_text("half a fi")
    Target(name="shop", make_cloud=lambda: world.cloud).looked_up()
    assert json.loads(path.read_text()) == outputs()


def should_not_know_since_when_it_knows_what_it_does_not_know(tmp_path: Path) -> None:
    for known in (Known(None), Known(tmp_path / "none.json")):
        assert known.read() == {}
        assert known.since is None


def should_say_that_a_stack_lacks_an_output(world: World, twinhull: Twinhull) -> None:
    described = outputs()
    del described["shop-edge"]["Regions"]
    twinhull.outputs.write_text(json.dumps(described))
    world.services["cloudformation", EAST].stacks["shop-edge"] = described["shop-edge"]
    ran = twinhull("status", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (Exit.UNKNOWN, "incomplete")
    assert "shop-edge lacks an output that is needed ('Regions')" in ran.json["error"]["detail"]


def should_end_as_interrupted_at_ctrl_c(
    world: World, twinhull: Twinhull, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Target, "looked_up", press)
    assert twinhull("status").status == Exit.INTERRUPTED
    monkeypatch.setattr(command_line, "application", press)
    assert twinhull("status").status == Exit.INTERRUPTED


def should_ask_aws_with_the_credentials_of_whoever_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "theirs")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    client = cloud.aws().client("sts", "eu-west-1")
    assert client._get_credentials().access_key == "theirs"
    assert client.meta.region_name == "eu-west-1"
    assert (client.meta.config.connect_timeout, client.meta.config.read_timeout) == (2, 5)
