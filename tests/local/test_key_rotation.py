"""The keys are rotated, and sessions of both regions go on."""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from tests.cloud import Cloud, Start
from tests.local.people import any_registered, log_in
from tests.local.processes import end_functions

NAME = "twinhull/keys"


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory, start_cloud: Start) -> Cloud:
    """A cloud of its own: sessions of other tests would end with its keys."""
    return start_cloud(tmp_path_factory.mktemp("keys") / "home").wait_until_ready()


class Keys:
    """The keys' secret as the deployed function rotates it, in a world whose clock the test sets forward."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def aws(self, service: str, region: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self._cloud.config["table"]["endpoint"],
            region_name=region,
            aws_access_key_id=self._cloud.keys.access_key_id,
            aws_secret_access_key=self._cloud.keys.secret_access_key,
        )

    def value(self, region: str) -> dict[str, str]:
        secrets = self.aws("secretsmanager", region)
        value: dict[str, str] = json.loads(secrets.get_secret_value(SecretId=NAME)["SecretString"])
        return value

    def let_pass(self, member: str, time: timedelta) -> None:
        """Let something have been so long ago."""
        at = (datetime.now(UTC) - time).isoformat()
        self.put({**self.value(self._cloud.regions[0]), member: at})

    def put(self, value: Mapping[str, str]) -> None:
        """Write the secret."""
        secrets = self.aws("secretsmanager", self._cloud.regions[0])
        secrets.put_secret_value(SecretId=NAME, SecretString=json.dumps(value))

    def rotate(self) -> str:
        """Call the function's live version, as the schedule does."""
        home = self._cloud.regions[0]
        stacks = self.aws("cloudformation", home).describe_stacks()["Stacks"]
        outputs = {one["OutputKey"]: one["OutputValue"] for each in stacks for one in each.get("Outputs", [])}
        answer = self.aws("lambda", home).invoke(FunctionName=outputs["KeyRotationFunction"], Payload=b"{}")
        step: str = json.load(answer["Payload"])["step"]
        return step

    def restart_functions(self) -> None:
        """Let the next functions ask for the secret at once, not after five minutes."""
        end_functions(self._cloud.process.pid)


def signed_with(token: str) -> str:
    header = token.partition(".")[0]
    kid: str = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]
    return kid


def any_token(cloud: Cloud) -> str:
    token: str = log_in(cloud.edge, any_registered(cloud.edge).email).json()["token"]
    return token


@pytest.fixture
def keys(cloud: Cloud) -> Iterator[Keys]:
    """As they were before when the test is over: others share the cloud, and the sessions in it."""
    keys = Keys(cloud)
    before = keys.value(cloud.regions[0])
    yield keys
    keys.put(before)
    keys.restart_functions()


def should_keep_sessions_in_both_regions_while_the_keys_are_rotated(cloud: Cloud, keys: Keys) -> None:
    old = any_token(cloud)
    kid = signed_with(old)

    def statuses(token: str) -> list[int]:
        return [
            client.signed_in(token)("GET", "/api/v1/users/me").status for client in cloud.origins.values()
        ]

    assert keys.rotate() == "none"
    keys.let_pass(f"added_{kid}", timedelta(days=91))
    assert keys.rotate() == "add"
    assert keys.rotate() == "none"
    assert [keys.value(region) for region in cloud.regions] == [keys.value(cloud.regions[0])] * 2
    (added,) = (name for name in keys.value(cloud.regions[1]) if len(name) == 1 and name != kid)
    keys.restart_functions()
    assert statuses(old) == [200, 200]

    keys.let_pass(f"added_{added}", timedelta(minutes=10))
    assert keys.rotate() == "sign"
    keys.restart_functions()
    new = any_token(cloud)
    assert signed_with(new) == added
    assert statuses(old) == statuses(new) == [200, 200]

    keys.let_pass(f"retired_{kid}", timedelta(minutes=26))
    keys.restart_functions()
    assert statuses(old) == [401, 401]
    assert statuses(new) == [200, 200]

    keys.let_pass(f"retired_{kid}", timedelta(days=31))
    assert keys.rotate() == "drop"
    assert set(keys.value(cloud.regions[1])) == {"sign", added, f"added_{added}"}
    keys.restart_functions()
    assert statuses(new) == [200, 200]
