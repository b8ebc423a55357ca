"""The key rotation function: each call does the next step of the rotation, if one is due."""

import json
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from functions.key_rotation.env import Environment
from functions.key_rotation.rotation import age_of, next_step
from telemetry.log import one_line
from telemetry.metrics import measure
from web.clients.secrets_manager import secrets_manager
from web.environment import read

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


#: A metric is paid for by the hour in which it is published: every twelfth is enough for an alarm of a day,
#: unless the deployment is new.
HOURS: Final = 12
A_DAY: Final = timedelta(days=1)


def make(
    environment: Environment,
    client: "SecretsManagerClient",
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Callable[[object, object], dict[str, str]]:
    """The function with its client."""

    def rotate(event: object, context: object) -> dict[str, str]:  # noqa: ARG001
        """`{"step": …}`: `add`, `sign`, `drop` or `none`, or `lost` when another run did it first."""
        with one_line("key rotation") as line:
            line["step"], age = _rotate(client, environment, moment := now())
            line["key_age_days"] = round(age / timedelta(days=1), 2)
            if moment.hour % HOURS == 0 or age < A_DAY:
                measure("KeyAgeDays", line["key_age_days"])
        return {"step": line["step"]}

    return rotate


def _rotate(client: "SecretsManagerClient", environment: Environment, now: datetime) -> tuple[str, timedelta]:
    """The step, and how old the key is that signed before it."""
    current = client.get_secret_value(SecretId=environment.keys_secret)
    value, written_at = json.loads(current["SecretString"]), current["CreatedDate"]
    step = next_step(
        value,
        written_at=written_at,
        now=now,
        every=timedelta(days=environment.rotation_days),
        generate=lambda: secrets.token_hex(32),
    )
    age = age_of(value["sign"], value, written_at=written_at, now=now)
    if step is None:
        return "none", age
    try:
        # Of what was decided by one version, Secrets Manager takes only the first as the version of this id.
        # The day is for an operator who has put an earlier version back: tomorrow it may be left again.
        client.put_secret_value(
            SecretId=environment.keys_secret,
            SecretString=json.dumps(step.value),
            ClientRequestToken=str(uuid5(NAMESPACE_URL, f"{current['VersionId']} {now:%Y-%m-%d}")),
        )
    except client.exceptions.ResourceExistsException:
        return "lost", age
    return step.name, age


handler = make(read(Environment), secrets_manager())
