"""Bad writes replicate at once; the deployed whole takes them back, and keeps what people did since."""

import json
import math
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from tests.cloud import Cloud
from tests.local.sending import ask, post, shown
from twinhull.ops.main import main


class Person:
    """Somebody who is registered."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        self.email, self.password = f"{uuid.uuid4().hex[:12]}@example.net", "correct horse"
        body = {"email": self.email, "password": self.password, "name": name}
        answer = cloud.edge("POST", "/api/v1/users", body)
        assert answer.status == 201, answer.text
        self.id, self.name = answer.json()["id"], name
        self._cloud = cloud

    @property
    def key(self) -> dict[str, Any]:
        return {"pk": self.id, "sk": "user"}

    def log_in(self) -> Any:
        return self._cloud.edge(
            "POST", "/api/v1/sessions", {"email": self.email, "password": self.password}
        ).json()


def next_second() -> str:
    """A moment after all that was written before; waits until it is over."""
    moment = math.ceil(time.time())
    while time.time() <= moment:
        time.sleep(0.05)
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def twinhull(cloud: Cloud, capsys: pytest.CaptureFixture[str], *arguments: str) -> Mapping[str, Any]:
    """What a command prints as JSON."""
    options = ["--name", "twinhull", "--local", "--port", str(cloud.port)]
    status = main([*options, "restore-users", *arguments, "--json"])
    told: Mapping[str, Any] = json.loads(capsys.readouterr().out)
    assert status == 0, told
    return told


def should_take_bad_writes_back_in_both_regions_and_lose_nothing_since(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    table = cloud.config["table"]
    users = boto3.resource(
        "dynamodb",
        region_name=table["region"],
        endpoint_url=table["endpoint"],
        aws_access_key_id=table["access_key"],
        aws_secret_access_key=table["secret_key"],
    ).Table(table["name"])
    overwritten, lost, renamed = (Person(cloud, name) for name in ("Ada", "Grace", "Mary"))
    owner = cloud.edge.signed_in(lost.log_in()["token"])
    asked = ask(owner).json()
    assert post(asked["upload"]).status == 201
    assert shown(owner, asked["id"], "done")
    at = next_second()

    users.update_item(
        Key=overwritten.key,
        UpdateExpression="SET #name = :bad, #role = :bad",
        ExpressionAttributeNames={"#name": "name", "#role": "role"},
        ExpressionAttributeValues={":bad": "undefined"},
    )
    users.delete_item(Key=lost.key)
    users.delete_item(Key={"pk": asked["id"], "sk": "upload"})
    session = cloud.edge.signed_in(renamed.log_in()["token"])
    assert session("PATCH", "/api/v1/users/me", {"name": "Mary Ann"}).status == 200

    plan = twinhull(cloud, capsys, "--at", at, "--dry-run")
    assert users.get_item(Key=overwritten.key)["Item"]["name"] == "undefined"
    done = twinhull(cloud, capsys, "--at", at, "--yes")
    for told in (plan, done):
        found = {one["id"]: (one["verdict"], one["back"], one["kept"]) for one in told["users"]["others"]}
        assert found[overwritten.id] == ("changed", ["name", "role"], [])
        assert found[lost.id] == ("missing", [], [])
        assert found[renamed.id] == ("newer", [], ["name"])
        assert (asked["id"], "missing") in [(one["id"], one["verdict"]) for one in told["uploads"]["others"]]
    for person, name in ((overwritten, "Ada"), (lost, "Grace"), (renamed, "Mary Ann")):
        user = person.log_in()["user"]
        assert (user["id"], user["name"], user["role"]) == (person.id, name, "user")
    owner = cloud.edge.signed_in(lost.log_in()["token"])
    assert shown(owner, asked["id"], "done")
    assert owner("GET", f"/api/v1/uploads/{asked['id']}/file").status == 302
    listed = cloud.as_admin("GET", f"/api/v1/users?q={lost.email}").json()["items"]
    assert [one["name"] for one in listed] == ["Grace"]

    again = twinhull(cloud, capsys, "--at", at, "--yes", "--region", cloud.regions[1])
    for kind in ("users", "uploads"):
        assert {"changed", "missing"}.isdisjoint(again[kind]["counts"])
    for region in cloud.regions:
        assert twinhull(cloud, capsys, "--at", at, "--region", region, "--remove")["removed"]
