"""Recovery from bad writes: a copy of the main table as of a moment, compared and put back page by page.

What differs, what somebody meant and what must stay erased is judged by the operator function, which knows
the domain. Every step can be repeated: the copy is found again by its name, and what was put back is the same
as it was.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Region
from twinhull.ops.function import TEMPORARY, call
from twinhull.ops.trouble import Exit, MissingError, TroubleError, explained

POLL: Final = 5.0
"""Seconds between two looks at a copy that is being made."""

TRIES: Final = 5
"""How often a page is asked for before somebody has to run the command again."""

#: What is compared → what the operator function is asked to do; uploads need their owners.
KINDS: Final = {"users": "recover", "uploads": "recover-uploads"}

#: Verdicts on which something is done.
DONE_FOR: Final = ("changed", "missing")

Say = Callable[[str], None]
Pause = Callable[[float], None]


@dataclass(frozen=True, kw_only=True)
class Copy:
    """The users' table of a region as of a moment: what it is called, and where it is."""

    region: Region
    moment: datetime

    @property
    def name(self) -> str:
        """The same whenever it is asked for, so that it is found again."""
        return f"{self.region.table}-at-{self.moment:%Y%m%dT%H%M%SZ}"


@dataclass(kw_only=True)
class Report:
    """What became of users, or of uploads: how many by verdict, and those that differ, one by one."""

    counts: Counter[str] = field(default_factory=Counter)
    others: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def to_do(self) -> int:
        """How many are put back."""
        return sum(self.counts[verdict] for verdict in DONE_FOR)


def moment_of(text: str, now: datetime) -> datetime:
    """A moment in UTC, to the second, by what was typed.

    :raises TroubleError: it is no moment of the past, or does not say of which place.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        example = f"{now:%Y-%m-%dT%H:%M:%SZ}"
        raise TroubleError(
            "bad-time", f"--at {text} is no time with its zone: write it like {example}.", Exit.USAGE
        )
    if moment > now:
        raise TroubleError("bad-time", f"--at {text} is not over yet.", Exit.USAGE)
    return moment.astimezone(UTC).replace(microsecond=0)


def make(cloud: Cloud, copy: Copy, say: Say, pause: Pause = time.sleep) -> None:
    """Restore the table into a copy beside it, if there is none yet, and wait until it can be read.

    :raises TroubleError: the table cannot be restored to this moment.
    """
    client = cloud.client("dynamodb", copy.region.name)
    doing = f"restoring {copy.region.table} to {copy.name} in {copy.region.name}"
    status = _status(client, copy, doing)
    if status is None:
        say(
            f"… {doing}: DynamoDB takes minutes to hours for it. Ctrl-C, and run it again later, if you like."
        )
        _begin(client, copy, doing)
    while (status := _status(client, copy, doing)) != "ACTIVE":
        if status not in (None, "CREATING"):
            raise TroubleError("copy-not-usable", f"The table {copy.name} is {status}: run this again later.")
        pause(POLL)


def _begin(client: Any, copy: Copy, doing: str) -> None:
    try:
        client.restore_table_to_point_in_time(
            SourceTableName=copy.region.table,
            TargetTableName=copy.name,
            RestoreDateTime=copy.moment,
            BillingModeOverride="PAY_PER_REQUEST",
            GlobalSecondaryIndexOverride=[],  # nobody lists by it, and it is there sooner without
        )
    except (BotoCoreError, ClientError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
        if code == "TableAlreadyExistsException":
            return  # somebody else has begun
        if code == "InvalidRestoreTimeException":
            raise TroubleError("bad-time", _window(client, copy), Exit.USAGE) from error
        raise explained(error, doing) from error


def _window(client: Any, copy: Copy) -> str:
    """To which moments the table can be restored, in words."""
    described = client.describe_continuous_backups(TableName=copy.region.table)
    recovery = described["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    first, last = recovery.get("EarliestRestorableDateTime"), recovery.get("LatestRestorableDateTime")
    said = f"{copy.region.table} cannot be restored to {copy.moment:%Y-%m-%dT%H:%M:%SZ} in {copy.region.name}"
    if not first or not last:
        return f"{said}: its point-in-time recovery is {recovery.get('PointInTimeRecoveryStatus', 'off')}."
    return f"{said}: only from {first.isoformat()} to {last.isoformat()}."


def _status(client: Any, copy: Copy, doing: str) -> str | None:
    try:
        return str(client.describe_table(TableName=copy.name)["Table"]["TableStatus"])
    except (BotoCoreError, ClientError) as error:
        trouble = explained(error, doing)
        if isinstance(trouble, MissingError):
            return None
        raise trouble from error


def walk(
    cloud: Cloud,
    copy: Copy,
    kind: str = "users",
    *,
    undo: Sequence[str] = (),
    by: str | None = None,
    dry_run: bool,
    pause: Pause = time.sleep,
) -> Iterator[Report]:
    """Compare all of a kind, and put it back unless it is a dry run; what is known so far after each page.

    :param kind: one of `KINDS`, in their order.
    :param undo: kinds of events that are undone; ``by``: only those of this caller.
    :raises TroubleError: a page gives no answer again and again; what was put back until then stays so.
    """
    event: dict[str, Any] = {
        "do": KINDS[kind],
        "table": copy.name,
        "at": copy.moment.isoformat(),
        "undo": [*undo],
        "by": by,
        "dry_run": dry_run,
    }
    report = Report()
    after: str | None = None
    while True:
        page = _page(cloud, copy, {**event, "after": after}, pause)
        report.counts["same"] += page["same"]
        report.counts.update(one["verdict"] for one in page["others"])
        report.others += page["others"]
        yield report
        after = page["more"]
        if after is None:
            return


def _page(cloud: Cloud, copy: Copy, event: Mapping[str, Any], pause: Pause) -> dict[str, Any]:
    code = ""
    for attempt in range(TRIES):
        if attempt:
            pause(attempt)
        answer = call(cloud, copy.region, event)
        if answer["ok"]:
            return answer
        code = str(answer["code"])
        if code not in TEMPORARY:
            break
    if code == "invalid":
        raise TroubleError(
            code,
            "The operator function does not understand this: --undo takes kinds of events as histories show "
            "them, like deleted or role-changed; or the deployment is of another release.",
            Exit.USAGE,
        )
    raise TroubleError(
        code,
        f"Users and uploads in {copy.region.name} cannot be compared or put back ({code}). What was put back "
        "stays so: run this again, or with --region of the other region.",
    )


def remove(cloud: Cloud, copy: Copy) -> bool:
    """Delete the copy, and nothing else; False if there is none."""
    try:
        cloud.client("dynamodb", copy.region.name).delete_table(TableName=copy.name)
    except (BotoCoreError, ClientError) as error:
        trouble = explained(error, f"deleting {copy.name} in {copy.region.name}")
        if isinstance(trouble, MissingError):
            return False
        raise trouble from error
    return True
