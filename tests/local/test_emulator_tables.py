"""Global tables in the emulator: strong ones are one store, eventual ones lose what real ones lose."""

import math
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.emulator_process import Emulator
from tests.local.emulated import HOME, OTHER, client, deploy

WITNESS = "us-east-2"
DELAY = 0.6


def table_template(name: str, *, strong: bool, indexes: tuple[str, ...] = ("listed",)) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk", *indexes)
        ],
        "KeySchema": [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": index,
                "KeySchema": [{"AttributeName": index, "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in indexes
        ],
        "Replicas": [
            {
                "Region": region,
                "DeletionProtectionEnabled": True,
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": region == OTHER},
            }
            for region in (HOME, OTHER)
        ],
    }
    if strong:
        properties |= {
            "MultiRegionConsistency": "STRONG",
            "GlobalTableWitnesses": [{"Region": WITNESS}],
        }
    return {"Resources": {"Table": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": properties}}}


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with Emulator(tmp_path_factory.mktemp("tables"), replication_delay=DELAY) as emulator:
        deploy(emulator, "strong", table_template("strong", strong=True))
        deploy(emulator, "eventual", table_template("eventual", strong=False))
        yield emulator


def item(key: str, by: str, listed: str = "yes") -> dict[str, Any]:
    return {"pk": {"S": key}, "sk": {"S": "user"}, "by": {"S": by}, "listed": {"S": listed}}


def create(dynamodb: Any, table: str, key: str, by: str) -> bool:
    try:
        dynamodb.put_item(TableName=table, Item=item(key, by), ConditionExpression="attribute_not_exists(pk)")
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def read(dynamodb: Any, table: str, key: str) -> str | None:
    found = dynamodb.get_item(
        TableName=table, Key={"pk": {"S": key}, "sk": {"S": "user"}}, ConsistentRead=True
    ).get("Item")
    return found["by"]["S"] if found else None


def next_second() -> datetime:
    """A moment as exact as one can be named, after all that was written before; waits until it is over."""
    moment = math.ceil(time.time())
    while time.time() <= moment:
        time.sleep(0.05)
    return datetime.fromtimestamp(moment, UTC)


def listed(dynamodb: Any, table: str, value: str = "yes") -> set[str]:
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        IndexName="listed",
        KeyConditionExpression="listed = :v",
        ExpressionAttributeValues={":v": {"S": value}},
    )
    return {found["pk"]["S"] for page in pages for found in page["Items"]}


def should_describe_a_strong_table_in_both_regions(emulator: Emulator) -> None:
    for region in (HOME, OTHER):
        dynamodb = client(emulator, "dynamodb", region)
        table = dynamodb.describe_table(TableName="strong")["Table"]
        assert table["MultiRegionConsistency"] == "STRONG"
        assert [witness["RegionName"] for witness in table["GlobalTableWitnesses"]] == [WITNESS]
        assert f":{region}:" in table["TableArn"]
        assert table["DeletionProtectionEnabled"]
        recovery = dynamodb.describe_continuous_backups(TableName="strong")["ContinuousBackupsDescription"]
        enabled = recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        assert enabled == (region == OTHER)


def should_read_a_strong_write_at_once_in_the_other_region_and_in_its_index(emulator: Emulator) -> None:
    here, there = client(emulator, "dynamodb", HOME), client(emulator, "dynamodb", OTHER)
    here.put_item(TableName="strong", Item=item("from-here", "here"))
    there.put_item(TableName="strong", Item=item("from-there", "there"))
    for dynamodb in (here, there):
        assert {"from-here", "from-there"} <= listed(dynamodb, "strong")
        assert read(dynamodb, "strong", "from-there") == "there"
    there.delete_item(TableName="strong", Key={"pk": {"S": "from-here"}, "sk": {"S": "user"}})
    assert read(here, "strong", "from-here") is None
    assert "from-here" not in listed(here, "strong")


def should_let_exactly_one_of_concurrent_creations_win_in_a_strong_table(emulator: Emulator) -> None:
    start = threading.Barrier(32)

    def attempt(number: int) -> bool:
        dynamodb = client(emulator, "dynamodb", (HOME, OTHER)[number % 2])
        start.wait()
        return create(dynamodb, "strong", "contended", str(number))

    with ThreadPoolExecutor(32) as pool:
        won = [number for number, ok in enumerate(pool.map(attempt, range(32))) if ok]
    assert len(won) == 1
    for region in (HOME, OTHER):
        assert read(client(emulator, "dynamodb", region), "strong", "contended") == str(won[0])


def should_not_lose_an_update_that_is_conditional_on_a_revision(emulator: Emulator) -> None:
    here = client(emulator, "dynamodb", HOME)
    key = {"pk": {"S": "counter"}, "sk": {"S": "user"}}
    here.put_item(TableName="strong", Item={**key, "rev": {"N": "0"}})

    def increment(number: int) -> None:
        dynamodb = client(emulator, "dynamodb", (HOME, OTHER)[number % 2])
        for _ in range(10):
            while True:
                seen = dynamodb.get_item(TableName="strong", Key=key, ConsistentRead=True)["Item"]["rev"]["N"]
                try:
                    dynamodb.update_item(
                        TableName="strong",
                        Key=key,
                        UpdateExpression="SET rev = :next",
                        ConditionExpression="rev = :seen",
                        ExpressionAttributeValues={":seen": {"N": seen}, ":next": {"N": str(int(seen) + 1)}},
                    )
                except dynamodb.exceptions.ConditionalCheckFailedException:
                    continue
                break

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(increment, range(8)))
    assert here.get_item(TableName="strong", Key=key, ConsistentRead=True)["Item"]["rev"]["N"] == "80"


def should_accept_one_key_in_both_regions_of_an_eventual_table_and_erase_the_earlier(
    emulator: Emulator,
) -> None:
    here, there = client(emulator, "dynamodb", HOME), client(emulator, "dynamodb", OTHER)
    assert create(here, "eventual", "twice", "here")
    assert create(there, "eventual", "twice", "there")
    assert read(here, "eventual", "twice") == "here"
    time.sleep(2 * DELAY)
    assert read(here, "eventual", "twice") == read(there, "eventual", "twice") == "there"


def should_replicate_eventual_writes_and_deletions_after_the_delay(emulator: Emulator) -> None:
    here, there = client(emulator, "dynamodb", HOME), client(emulator, "dynamodb", OTHER)
    here.put_item(TableName="eventual", Item=item("later", "here"))
    assert read(there, "eventual", "later") is None
    time.sleep(2 * DELAY)
    assert read(there, "eventual", "later") == "here"
    assert "later" in listed(there, "eventual")
    there.delete_item(TableName="eventual", Key={"pk": {"S": "later"}, "sk": {"S": "user"}})
    assert read(here, "eventual", "later") == "here"
    time.sleep(2 * DELAY)
    assert read(here, "eventual", "later") is None
    assert "later" not in listed(here, "eventual")


def should_keep_the_items_when_an_index_is_added_to_a_strong_table(emulator: Emulator) -> None:
    deploy(emulator, "growing", table_template("growing", strong=True))
    here, there = client(emulator, "dynamodb", HOME), client(emulator, "dynamodb", OTHER)
    there.put_item(TableName="growing", Item={**item("kept", "there"), "by2": {"S": "x"}})
    deploy(
        emulator, "growing", table_template("growing", strong=True, indexes=("listed", "by2")), update=True
    )
    for dynamodb in (here, there):
        found = dynamodb.query(
            TableName="growing",
            IndexName="by2",
            KeyConditionExpression="by2 = :v",
            ExpressionAttributeValues={":v": {"S": "x"}},
        )["Items"]
        assert [one["pk"]["S"] for one in found] == ["kept"]


def should_restore_a_strong_table_to_a_moment(emulator: Emulator) -> None:
    here, there = client(emulator, "dynamodb", HOME), client(emulator, "dynamodb", OTHER)
    for key in ("stays", "changes", "goes"):
        here.put_item(TableName="strong", Item=item(f"then-{key}", "then"))
    moment = next_second()
    here.update_item(
        TableName="strong",
        Key={"pk": {"S": "then-changes"}, "sk": {"S": "user"}},
        UpdateExpression="SET #by = :now",
        ExpressionAttributeNames={"#by": "by"},
        ExpressionAttributeValues={":now": {"S": "now"}},
    )
    there.put_item(TableName="strong", Item=item("then-changes", "now again"))
    there.delete_item(TableName="strong", Key={"pk": {"S": "then-goes"}, "sk": {"S": "user"}})
    there.put_item(TableName="strong", Item=item("then-comes", "now"))

    there.restore_table_to_point_in_time(
        SourceTableName="strong",
        TargetTableName="strong-then",
        RestoreDateTime=moment,
        BillingModeOverride="PAY_PER_REQUEST",
        GlobalSecondaryIndexOverride=[],
    )

    copied = there.scan(TableName="strong-then")["Items"]
    then = {one["pk"]["S"]: one["by"]["S"] for one in copied if one["pk"]["S"].startswith("then-")}
    assert then == {"then-stays": "then", "then-changes": "then", "then-goes": "then"}
    assert read(here, "strong", "then-changes") == "now again"
    with pytest.raises(here.exceptions.InvalidRestoreTimeException):
        here.restore_table_to_point_in_time(
            SourceTableName="strong", TargetTableName="long-ago", RestoreDateTime=moment - timedelta(days=1)
        )


def should_share_the_store_again_after_a_restart(tmp_path: Path) -> None:
    with Emulator(tmp_path) as emulator:
        deploy(emulator, "strong", table_template("strong", strong=True))
        client(emulator, "dynamodb", OTHER).put_item(TableName="strong", Item=item("old", "there"))
    with Emulator(tmp_path) as emulator:
        assert not emulator.killed
        here, there = client(emulator, "dynamodb", HOME), client(emulator, "dynamodb", OTHER)
        assert read(here, "strong", "old") == read(there, "strong", "old") == "there"
        here.put_item(TableName="strong", Item=item("new", "here"))
        assert read(there, "strong", "new") == "here"
        assert listed(there, "strong") == listed(here, "strong") == {"old", "new"}
        assert not create(there, "strong", "new", "there")


def should_have_replicated_everything_when_an_eventual_table_is_saved(tmp_path: Path) -> None:
    with Emulator(tmp_path, replication_delay=60) as emulator:
        deploy(emulator, "eventual", table_template("eventual", strong=False))
        client(emulator, "dynamodb", HOME).put_item(TableName="eventual", Item=item("late", "here"))
    with Emulator(tmp_path) as emulator:
        assert read(client(emulator, "dynamodb", OTHER), "eventual", "late") == "here"


def should_refuse_to_delete_a_protected_table_through_the_api(emulator: Emulator) -> None:
    with pytest.raises(ClientError, match="protected against deletion"):
        client(emulator, "dynamodb", OTHER).delete_table(TableName="strong")


def should_refuse_a_consistency_that_does_not_exist(emulator: Emulator) -> None:
    template = table_template("unknown", strong=False)
    template["Resources"]["Table"]["Properties"]["MultiRegionConsistency"] = "STRONGER"
    with pytest.raises(AssertionError, match="MultiRegionConsistency STRONGER is unknown"):
        deploy(emulator, "unknown", template)


def expiring(name: str, *, strong: bool) -> dict[str, Any]:
    template = table_template(name, strong=strong)
    specification = {"AttributeName": "expires_at", "Enabled": True}
    template["Resources"]["Table"]["Properties"]["TimeToLiveSpecification"] = specification
    return template


def should_expire_items_of_an_eventual_table_in_both_regions(emulator: Emulator) -> None:
    deploy(emulator, "expiring", expiring("expiring", strong=False))
    for region in (HOME, OTHER):
        described = client(emulator, "dynamodb", region).describe_time_to_live(TableName="expiring")
        assert described["TimeToLiveDescription"] == {
            "TimeToLiveStatus": "ENABLED",
            "AttributeName": "expires_at",
        }
    deploy(emulator, "expiring", table_template("expiring", strong=False), update=True)
    described = client(emulator, "dynamodb", OTHER).describe_time_to_live(TableName="expiring")
    assert described["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"


def should_refuse_a_strong_table_whose_items_expire(emulator: Emulator) -> None:
    with pytest.raises(AssertionError, match="STRONG has no time to live"):
        deploy(emulator, "undying", expiring("undying", strong=True))
