"""`twinhull restore-users`: what it asks of whom, shows, and says when it cannot."""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from twinhull.ops import main as command_line
from twinhull.ops import recovery
from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Deployment, Region
from twinhull.ops.recovery import Copy, moment_of
from twinhull.ops.target import Target
from twinhull.ops.trouble import Exit, TroubleError

AT = "2026-11-25T10:00:00Z"
MOMENT = datetime(2026, 11, 25, 10, tzinfo=UTC)
NAME = "shop-users-at-20261125T100000Z"
PLAN = [
    {"id": "usr_1", "verdict": "changed", "back": ["name"], "kept": ["role"]},
    {"id": "usr_2", "verdict": "missing", "back": [], "kept": []},
    {"id": "usr_3", "verdict": "newer", "back": [], "kept": ["name"]},
]
FILES = [{"id": "upl_1", "verdict": "missing", "back": [], "kept": []}]
Answer = Mapping[str, Any]


def error(code: str) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(answer, "Operation")


@dataclass
class Aws:
    """DynamoDB's control plane and the operator function, of both regions."""

    tables: dict[str, list[str]] = field(default_factory=dict)
    restored: list[Mapping[str, Any]] = field(default_factory=list)
    fails: ClientError | None = None
    window: Answer = field(default_factory=dict)
    asked: list[dict[str, Any]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    regions: set[str] = field(default_factory=set)

    def client(self, service: str, region: str, config: object = None) -> Any:
        self.regions.add(region)
        return self

    def describe_table(self, TableName: str) -> Answer:  # noqa: N803
        if TableName not in self.tables:
            raise error("ResourceNotFoundException")
        states = self.tables[TableName]
        return {"Table": {"TableStatus": states.pop(0) if len(states) > 1 else states[0]}}

    def restore_table_to_point_in_time(self, **request: Any) -> None:
        if self.fails:
            raise self.fails
        self.restored.append(request)
        self.tables[request["TargetTableName"]] = ["CREATING", "CREATING", "ACTIVE"]

    def describe_continuous_backups(self, TableName: str) -> Answer:  # noqa: N803
        return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": self.window}}

    def delete_table(self, TableName: str) -> None:  # noqa: N803
        if TableName not in self.tables:
            raise error("ResourceNotFoundException")
        if self.fails:
            raise self.fails
        del self.tables[TableName]

    def invoke(self, FunctionName: str, Payload: bytes) -> Answer:  # noqa: N803
        self.asked.append(json.loads(Payload))
        default = page(*PLAN) if self.asked[-1]["do"] == "recover" else page(*FILES, same=2)
        answer = self.answers.pop(0) if self.answers else default
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


def page(*others: Answer, same: int = 5, more: str | None = None) -> Answer:
    return {"ok": True, "same": same, "others": [*others], "more": more}


def asked_for(aws: Aws) -> list[tuple[str, bool]]:
    """What the operator function was asked to do, and whether in a dry run."""
    return [(one["do"], one["dry_run"]) for one in aws.asked]


COMPARED = [("recover", True), ("recover-uploads", True)]
PUT_BACK = [("recover", False), ("recover-uploads", False)]


@pytest.fixture
def aws() -> Aws:
    return Aws()


@pytest.fixture
def copy() -> Copy:
    return Copy(region=region("us-east-1"), moment=MOMENT)


def region(name: str) -> Region:
    return Region(
        name=name, role="primary", api_domain="", table="shop-users", functions={"operator": f"arn:{name}"}
    )


Run = Callable[..., int]


@pytest.fixture
def run(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """The command line, of a deployment in two regions."""

    class Deployed:
        regions = (region("us-east-1"), region("us-west-2"))
        region = Deployment.region
        name = "shop"

    monkeypatch.setattr(Target, "cloud", aws)
    monkeypatch.setattr(Target, "looked_up", lambda self: Deployed())
    monkeypatch.setattr(recovery, "POLL", 0)

    def run(*arguments: str) -> int:
        return command_line.main(["restore-users", *arguments])

    yield run


def should_make_the_copy_compare_ask_and_put_back(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: "3")
    assert run("--at", AT) == Exit.OK
    assert aws.restored == [
        {
            "SourceTableName": "shop-users",
            "TargetTableName": NAME,
            "RestoreDateTime": MOMENT,
            "BillingModeOverride": "PAY_PER_REQUEST",
            "GlobalSecondaryIndexOverride": [],
        }
    ]
    assert aws.asked[0] == {
        "do": "recover",
        "table": NAME,
        "at": "2026-11-25T10:00:00+00:00",
        "undo": [],
        "by": None,
        "dry_run": True,
        "after": None,
    }
    assert asked_for(aws) == [*COMPARED, *PUT_BACK]
    printed = capsys.readouterr().out
    assert "usr_1  changed  back to then: name; as now: role" in printed
    assert "upl_1  missing" in printed
    assert "2 users and 1 uploads are put back" in printed
    assert "--remove" in printed
    assert NAME in aws.tables


@pytest.mark.parametrize("arguments", [["--dry-run"], ["--dry-run", "--yes"], ["--dry-run", "--json"]])
def should_write_nothing_in_a_dry_run(run: Run, aws: Aws, arguments: list[str]) -> None:
    assert run("--at", AT, *arguments) == Exit.OK
    assert asked_for(aws) == COMPARED


@pytest.mark.parametrize(("typed", "status"), [("yes", Exit.ATTENTION), (None, Exit.USAGE)])
def should_write_nothing_unless_the_number_is_typed(
    run: Run, aws: Aws, monkeypatch: pytest.MonkeyPatch, typed: str | None, status: Exit
) -> None:
    def answer(_: str) -> str:
        if typed is None:
            raise EOFError
        return typed

    monkeypatch.setattr("builtins.input", answer)
    assert run("--at", AT) == status
    assert asked_for(aws) == COMPARED


def should_ask_nothing_when_there_is_nothing_to_do(run: Run, aws: Aws) -> None:
    aws.answers = [page(PLAN[2]), page()]
    assert run("--at", AT) == Exit.OK
    assert asked_for(aws) == COMPARED


def should_print_one_document(run: Run, aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--at", AT, "--json", "--yes") == Exit.OK
    told = json.loads(capsys.readouterr().out)
    counts = {"same": 5, "changed": 1, "missing": 1, "newer": 1}
    assert told["users"] == {"counts": counts, "others": PLAN}
    assert told["uploads"] == {"counts": {"same": 2, "missing": 1}, "others": FILES}
    assert (told["dry_run"], told["copy"], told["region"]) == (False, NAME, "us-east-1")


def should_use_the_copy_that_is_there(run: Run, aws: Aws) -> None:
    aws.tables[NAME] = ["ACTIVE"]
    assert run("--at", AT, "--dry-run") == Exit.OK
    assert aws.restored == []


def should_use_the_copy_that_somebody_else_has_begun(aws: Aws, copy: Copy) -> None:
    class Begun(Aws):
        def restore_table_to_point_in_time(self, **request: Any) -> None:
            self.tables[NAME] = ["CREATING", "ACTIVE"]
            raise error("TableAlreadyExistsException")

    begun = Begun()
    waited: list[float] = []
    recovery.make(cast("Cloud", begun), copy, lambda _: None, waited.append)
    assert waited == [recovery.POLL]


def should_not_wait_for_a_copy_that_is_being_deleted(run: Run, aws: Aws) -> None:
    aws.tables[NAME] = ["DELETING"]
    assert run("--at", AT) == Exit.ATTENTION


def should_delete_only_the_copy(run: Run, aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.tables = {NAME: ["ACTIVE"], "shop-users": ["ACTIVE"]}
    for was_there in (True, False):
        assert run("--at", AT, "--remove", "--json") == Exit.OK
        assert json.loads(capsys.readouterr().out)["removed"] is was_there
        assert [*aws.tables] == ["shop-users"]
    assert aws.asked == []


def should_say_when_the_copy_cannot_be_deleted(run: Run, aws: Aws) -> None:
    aws.tables[NAME] = ["ACTIVE"]
    aws.fails = error("AccessDeniedException")
    assert run("--at", AT, "--remove") == Exit.UNKNOWN


def should_work_in_the_region_that_is_named(run: Run, aws: Aws) -> None:
    assert run("--at", AT, "--region", "us-west-2", "--dry-run") == Exit.OK
    assert aws.regions == {"us-west-2"}
    assert run("--at", AT, "--region", "eu-west-1", "--dry-run") == Exit.USAGE


def should_undo_what_is_named(run: Run, aws: Aws) -> None:
    assert run("--at", AT, "--undo", "deleted", "--undo", "role-changed", "--by", "usr_9", "--dry-run") == 0
    assert (aws.asked[0]["undo"], aws.asked[0]["by"]) == (["deleted", "role-changed"], "usr_9")
    assert run("--at", AT, "--by", "usr_9") == Exit.USAGE


def should_tell_of_items_that_cannot_be_read(run: Run, aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.answers = [page({"id": "usr_1", "verdict": "damaged", "back": [], "kept": []}), page()]
    assert run("--at", AT) == Exit.ATTENTION
    assert "usr_1  damaged" in capsys.readouterr().out


def should_show_twenty_and_count_the_rest(run: Run, aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.answers = [page(*PLAN * 8)]
    assert run("--at", AT, "--dry-run") == Exit.OK
    assert "… and 4 more" in capsys.readouterr().out


def should_go_on_page_by_page(aws: Aws, copy: Copy) -> None:
    aws.answers = [page(PLAN[0], more="usr_1"), page(PLAN[1], more="usr_2"), page(PLAN[2])]
    *_, last = recovery.walk(cast("Cloud", aws), copy, dry_run=False)
    assert [one["after"] for one in aws.asked] == [None, "usr_1", "usr_2"]
    assert (last.to_do, last.others, last.counts["same"]) == (2, PLAN, 15)


def should_ask_again_for_a_page_that_cannot_be_had_just_now(aws: Aws, copy: Copy) -> None:
    busy = {"ok": False, "code": "unavailable"}
    aws.answers = [busy, {"ok": False, "code": "write-conflict"}, page()]
    waited: list[float] = []
    *_, last = recovery.walk(cast("Cloud", aws), copy, dry_run=True, pause=waited.append)
    assert (last.counts["same"], waited) == (5, [1, 2])
    aws.answers = [busy] * recovery.TRIES
    with pytest.raises(TroubleError, match=r"What was put back stays so") as trouble:
        [*recovery.walk(cast("Cloud", aws), copy, dry_run=True, pause=waited.append)]
    assert trouble.value.code == "unavailable"
    assert aws.answers == []


def should_say_when_it_is_not_understood(run: Run, aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.answers = [{"ok": False, "code": "invalid"}]
    assert run("--at", AT, "--undo", "dance") == Exit.USAGE
    assert "--undo takes kinds of events" in capsys.readouterr().err
    assert len(aws.asked) == 1


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ({"PointInTimeRecoveryStatus": "DISABLED"}, "its point-in-time recovery is DISABLED"),
        (
            {"EarliestRestorableDateTime": MOMENT, "LatestRestorableDateTime": MOMENT + timedelta(days=1)},
            "only from 2026-11-25T10:00:00+00:00 to 2026-11-26T10:00:00+00:00",
        ),
    ],
)
def should_say_to_which_moments_the_table_can_be_restored(
    run: Run, aws: Aws, capsys: pytest.CaptureFixture[str], window: Answer, said: str
) -> None:
    aws.fails, aws.window = error("InvalidRestoreTimeException"), window
    assert run("--at", AT) == Exit.USAGE
    assert said in capsys.readouterr().err


def should_say_when_it_may_not(run: Run, aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    aws.fails = error("AccessDeniedException")
    assert run("--at", AT) == Exit.UNKNOWN
    assert f"Not allowed when restoring shop-users to {NAME}" in capsys.readouterr().err


def should_not_take_a_table_that_cannot_be_described_for_one_that_is_not_there(copy: Copy) -> None:
    class Closed(Aws):
        def describe_table(self, TableName: str) -> Answer:  # noqa: N803
            raise error("AccessDeniedException")

    closed = Closed()
    with pytest.raises(TroubleError):
        recovery.make(cast("Cloud", closed), copy, lambda _: None)
    assert closed.restored == []


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2026-11-25T10:00:00Z", MOMENT),
        ("2026-11-25T11:00:00.999+01:00", MOMENT),
        ("2026-11-25T18:00:00+08:00", MOMENT),
    ],
)
def should_take_a_moment_of_any_zone_to_the_second(typed: str, moment: datetime) -> None:
    assert moment_of(typed, MOMENT + timedelta(hours=1)) == moment


@pytest.mark.parametrize("typed", ["yesterday", "2026-11-25", "2026-11-25T10:00:00", "2026-11-25T10:00:01Z"])
def should_refuse_what_is_no_moment_of_the_past(typed: str) -> None:
    with pytest.raises(TroubleError) as trouble:
        moment_of(typed, MOMENT)
    assert (trouble.value.code, trouble.value.status) == ("bad-time", Exit.USAGE)
