"""What the guard and IAM cost the local cloud: requests per second with and without them, side by side.

Run with `make bench`. A role reads an item by its session, as functions do; requests per second are of this
machine, the ratio is what to compare.
"""

import json
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.unprotected_emulator import UnprotectedEmulator
from local.emulator_process import ACCOUNT, Emulator

CLIENTS, CALLS, ROUNDS = 4, 150, 5
TABLE = "items"


def client(emulator: Emulator, service: str, credentials: dict[str, str] | None = None) -> Any:
    """Make a client of the root's, or of a session's."""
    given = credentials or {
        "AccessKeyId": emulator.keys.access_key_id,
        "SecretAccessKey": emulator.keys.secret_access_key,
    }
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=emulator.url,
        region_name="us-east-1",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given.get("SessionToken"),
        config=Config(max_pool_connections=CLIENTS),
    )


def reader(emulator: Emulator) -> Any:
    """Make a table with one item, and a client whose role may read it."""
    root = client(emulator, "dynamodb")
    key = {"AttributeName": "pk", "KeyType": "HASH"}
    attribute = {"AttributeName": "pk", "AttributeType": "S"}
    root.create_table(
        TableName=TABLE, KeySchema=[key], AttributeDefinitions=[attribute], BillingMode="PAY_PER_REQUEST"
    )
    root.put_item(TableName=TABLE, Item={"pk": {"S": "item"}})
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    grant = {
        "Effect": "Allow",
        "Action": "dynamodb:GetItem",
        "Resource": f"arn:aws:dynamodb:*:*:table/{TABLE}",
    }
    iam = client(emulator, "iam")
    role = iam.create_role(RoleName="reader", AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=_policy(grant))
    session = client(emulator, "sts").assume_role(RoleArn=role, RoleSessionName="bench")["Credentials"]
    return client(emulator, "dynamodb", session)


def requests_per_second(dynamodb: Any) -> float:
    """Read the item by several callers at once."""

    def read(_: int) -> None:
        for _ in range(CALLS):
            dynamodb.get_item(TableName=TABLE, Key={"pk": {"S": "item"}}, ConsistentRead=True)

    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as callers:
        list(callers.map(read, range(CLIENTS)))
    return CLIENTS * CALLS / (time.perf_counter() - started)


def main() -> None:
    """Print the medians and their ratio."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Emulator(Path(folder, "protected")) as protected,
        UnprotectedEmulator(Path(folder, "unprotected")) as unprotected,
    ):
        readers = {"protected": reader(protected), "unprotected": reader(unprotected)}
        rates: dict[str, list[float]] = {title: [] for title in readers}
        for _ in range(ROUNDS):
            for title, dynamodb in readers.items():
                rates[title].append(requests_per_second(dynamodb))
    medians = {title: statistics.median(values) for title, values in rates.items()}
    for title, median in medians.items():
        print(f"local cloud, {title:12} {median:6.0f} requests/s")
    print(f"ratio {medians['protected'] / medians['unprotected']:32.2f}")


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


if __name__ == "__main__":
    main()
