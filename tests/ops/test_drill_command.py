"""The options of `twinhull drill`, and what it says before it does anything."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.drills.judging import any_call, any_phase, result
from tests.local.switched import PRIMARY, SECONDARY
from tests.ports import held_port
from twinhull.ops import cloud as clouds
from twinhull.ops.cloud import Cloud
from twinhull.ops.commands import drill as command
from twinhull.ops.deployment import Deployment, Region
from twinhull.ops.drill import switches as switching
from twinhull.ops.drill import undo
from twinhull.ops.drill.result import Result
from twinhull.ops.drill.switches import ConcurrencySwitches, LocalSwitches, Switches, function_names
from twinhull.ops.drill.undo import Before, before
from twinhull.ops.main import main
from twinhull.ops.trouble import TroubleError


def any_region(name: str, role: str) -> Region:
    functions = {
        noun: f"arn:aws:lambda:{name}:111122223333:function:shop-{noun}:live"
        for noun in ("accounts", "health")
    }
    return Region(name=name, role=role, api_domain="any", table="any", functions=functions)


def any_deployment(**changes: Any) -> Deployment:
    regions = (any_region(PRIMARY, "primary"), any_region(SECONDARY, "secondary"))
    properties = dict.fromkeys(Deployment.__dataclass_fields__, "any")
    return Deployment(**{**properties, "name": "shop", "regions": regions, **changes})


class FakeLambda:
    """Keeps reserved concurrency, and refuses to change it for some functions."""

    def __init__(self, reserved: dict[str, int]) -> None:
        self.reserved = reserved
        self.refuses: set[str] = set()

    def get_function_concurrency(self, FunctionName: str) -> dict[str, int]:  # noqa: N803
        found = self.reserved.get(FunctionName)
        return {} if found is None else {"ReservedConcurrentExecutions": found}

    def put_function_concurrency(self, FunctionName: str, ReservedConcurrentExecutions: int) -> None:  # noqa: N803
        self._check(FunctionName)
        self.reserved[FunctionName] = ReservedConcurrentExecutions

    def delete_function_concurrency(self, FunctionName: str) -> None:  # noqa: N803
        self._check(FunctionName)
        self.reserved.pop(FunctionName, None)

    def _check(self, name: str) -> None:
        if name in self.refuses:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutFunctionConcurrency")


class FakeCloud(Cloud):
    def __init__(self, functions: dict[str, FakeLambda]) -> None:
        object.__setattr__(self, "functions", functions)
        object.__setattr__(self, "page_url", str)

    def client(self, service: str, region: str, *_: Any) -> Any:
        return self.functions[region]  # type: ignore[attr-defined]


def should_name_the_functions_and_not_their_aliases() -> None:
    assert function_names(any_region(PRIMARY, "primary")) == ["shop-accounts", "shop-health"]


def should_give_back_what_it_can_even_if_one_function_refuses() -> None:
    fakes = {PRIMARY: FakeLambda({"shop-accounts": 5}), SECONDARY: FakeLambda({})}
    switches = ConcurrencySwitches(FakeCloud(fakes), any_deployment())
    before = switches.settings()
    switches.lose(PRIMARY, "concurrency")
    assert fakes[PRIMARY].reserved == {"shop-accounts": 0, "shop-health": 0}
    fakes[PRIMARY].refuses = {"shop-accounts"}
    with pytest.raises(TroubleError, match="setting the concurrency of shop-accounts in eu-west-1"):
        switches.put_back(before)
    assert fakes[PRIMARY].reserved == {"shop-accounts": 0}
    fakes[PRIMARY].refuses = set()
    switches.put_back(before)
    assert fakes[PRIMARY].reserved == {"shop-accounts": 5}


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeCloud:
    fakes = {PRIMARY: FakeLambda({}), SECONDARY: FakeLambda({})}
    cloud = FakeCloud(fakes)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr("twinhull.ops.target.Target.looked_up", lambda _: any_deployment())
    monkeypatch.setattr("twinhull.ops.target.Target.cloud", cloud)

    class NothingDrained:
        region = None

    for module in (command, undo):
        monkeypatch.setattr(module, "Store", lambda *_: type("S", (), {"read": lambda _: NothingDrained()})())
    return cloud


AS_ADMIN = ("drill", "--aws", "--admin=admin@example.com")


def should_say_what_it_will_do_and_ask(
    deployed: FakeCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(command.PASSWORD, "any password")
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", answering("no", asked))
    assert main(AS_ADMIN) == 1
    assert asked == ["Type shop to go on: "]
    said = capsys.readouterr()
    assert "reserved concurrency 0 of each of its functions" in said.out
    assert "Nothing was changed" in said.err
    assert not before("shop", local_port=None).exists


def answering(word: str, asked: list[str]) -> Callable[[str], str]:
    def answer(question: str) -> str:
        asked.append(question)
        return word

    return answer


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((*AS_ADMIN, "--states=refuse"), 2, "'refuse' is none of the states; there are concurrency."),
        (
            (*AS_ADMIN, "--regions=mars"),
            2,
            "'mars' is none of the regions; there are eu-west-1, eu-central-1.",
        ),
        (AS_ADMIN, 2, "the password by TWINHULL_ADMIN_PASSWORD"),
        (("drill", "--aws"), 2, "give the address by --admin"),
    ],
)
def should_say_what_is_wrong_with_its_options(
    deployed: FakeCloud,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    status: int,
    said: str,
) -> None:
    assert main(arguments) == status
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("refuses", [False, True])
def should_put_back_when_it_is_ended_by_a_signal_and_say_so_if_it_cannot(
    deployed: FakeCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], refuses: bool
) -> None:
    functions: FakeLambda = deployed.functions[PRIMARY]  # type: ignore[attr-defined]

    class EndedDrill:
        def __init__(self, switches: Switches, **_: Any) -> None:
            self.switches = switches

        async def run(self) -> None:
            self.switches.lose(PRIMARY, "concurrency")
            functions.refuses = {"shop-health"} if refuses else set()
            raise asyncio.CancelledError

    monkeypatch.setattr(command, "Drill", EndedDrill)
    monkeypatch.setenv(command.PASSWORD, "any password")
    status = main((*AS_ADMIN, "--yes"))
    said = capsys.readouterr().err
    if refuses:
        assert (status, "`twinhull drill-undo --aws` tries again" in said) == (3, True)
        assert functions.reserved == {"shop-health": 0}
        functions.refuses = set()
        assert main(["drill-undo", "--aws"]) == 0
        done = f"{PRIMARY} as before: shop-accounts unreserved, shop-health unreserved"
        assert done in capsys.readouterr().out
    else:
        assert (status, "Interrupted; everything is put back." in said) == (130, True)
    assert functions.reserved == {}
    assert not before("shop", local_port=None).exists


@pytest.mark.parametrize(("is_kept", "status"), [(True, 0), (False, 1)])
def should_write_down_what_it_found_and_end_with_one_when_a_promise_is_broken(
    deployed: FakeCloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_kept: bool, status: int
) -> None:
    class DoneDrill:
        def __init__(self, **_: Any) -> None: ...

        async def run(self) -> Result:
            return result(any_phase(any_call(ok=is_kept, statuses=(200,) if is_kept else (502,))))

    monkeypatch.setattr(command, "Drill", DoneDrill)
    monkeypatch.setenv(command.PASSWORD, "any password")
    assert main((*AS_ADMIN, "--yes", f"--into={tmp_path / 'into'}")) == status
    document = json.loads((tmp_path / "into" / "drill.json").read_text())
    assert document["totals"]["reads"]["failed"] == int(not is_kept)
    assert (tmp_path / "into" / "drill.svg").read_text().startswith("<svg")
    assert not before("shop", local_port=None).exists


@pytest.mark.parametrize("place", ["file/any.json", "file/folder/any.json"])
def should_change_nothing_when_it_cannot_write_down_how_it_was(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    fakes = {PRIMARY: FakeLambda({}), SECONDARY: FakeLambda({})}
    switches = ConcurrencySwitches(FakeCloud(fakes), any_deployment())
    with pytest.raises(TroubleError, match="cannot be written down in"):
        Before(path=tmp_path / place).save(switches)


class Switched(LocalSwitches):
    """The switch of a local cloud in memory, where nobody writes."""

    def __init__(self) -> None:
        self.put: list[tuple[str, str]] = []

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        if body:
            self.put.append((path, body.decode()))
        return {"regions": [{"name": PRIMARY, "state": "up"}, {"name": SECONDARY, "state": "up"}]}


def should_lose_a_region_also_when_nobody_writes_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switching, "UNTIL_A_WRITE", 0.05)
    switches = Switched()
    switches.lose(PRIMARY, "mute")
    at = f"regions/{PRIMARY}"
    assert switches.put == [(at, '{"state": "mute", "after": "write"}'), (at, '{"state": "mute"}')]


def should_say_that_a_cloud_has_gone_that_was_there() -> None:
    with held_port() as port:
        gone = LocalSwitches(
            clouds.Cloud(session=boto3.Session, page_url=lambda _: f"http://localhost:{port}")
        )
        with pytest.raises(TroubleError, match="does not switch its regions"):
            gone.settings()


def should_say_that_no_local_cloud_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill", "--port", "9"]) == 3
    assert "start one with `make up`" in capsys.readouterr().err


def should_undo_what_was_written_down_by_a_drill_of_its_own_kind_only(tmp_path: Path) -> None:
    kept = Before(path=tmp_path / "any.json")
    kept.path.write_text('{"where": "local", "settings": {}}')
    switches = ConcurrencySwitches(FakeCloud({}), any_deployment())
    with pytest.raises(TroubleError, match="one without --aws: undo it so"):
        kept.put_back(FakeCloud({}), any_deployment(), switches)
    kept.path.write_text("{")
    with pytest.raises(TroubleError, match="set the functions' reserved concurrency by hand"):
        kept.read()
