"""The regions' APIs, asked without the edge by who knows the origin secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.asking import PATIENCE, Heard, ask
from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import EDGE_REGION, Deployment, Region
from twinhull.ops.trouble import Exit, TroubleError, UnreachableError, explained

HEADER: Final = "x-origin-verify"
KEYS: Final = ("a", "b")
COMING: Final = "next"


@dataclass(frozen=True, kw_only=True)
class OriginSecret:
    """What the secret holds: up to two values, and which of them CloudFront is to send next, if one is.

    It is printed without its values.
    """

    values: Mapping[str, str]
    coming: str | None = None

    def __repr__(self) -> str:
        return f"OriginSecret(keys={sorted(self.values)}, coming={self.coming!r})"

    @classmethod
    def of(cls, text: str) -> "OriginSecret":
        """Read its text, JSON; what is absent or empty is no value.

        :raises ValueError: it is something else.
        """
        content: Any = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("it is no JSON object")
        values = {key: value for key in KEYS if isinstance(value := content.get(key), str) and value}
        coming = content.get(COMING)
        return cls(values=values, coming=coming if coming in values else None)

    @property
    def text(self) -> str:
        """As it is stored."""
        return json.dumps(dict(self.values) | ({COMING: self.coming} if self.coming else {}))

    @property
    def settled(self) -> str:
        """The value that every region knows: of two, the one that is not to come."""
        known = [value for key, value in sorted(self.values.items()) if key != self.coming]
        return (known or list(self.values.values()))[0]


def secret_regions(deployment: Deployment) -> list[str]:
    """Where the secret is, the one that can be written first."""
    return list(dict.fromkeys([*(region.name for region in deployment.regions), EDGE_REGION]))


def read_secret(cloud: Cloud, deployment: Deployment, region: str) -> OriginSecret:
    """The secret as one region has it.

    :raises TroubleError: it cannot be read there.
    """
    doing = f"reading the origin secret in {region}"
    try:
        answer = cloud.client("secretsmanager", region).get_secret_value(SecretId=deployment.origin_secret)
        secret = OriginSecret.of(answer["SecretString"])
    except (BotoCoreError, ClientError) as error:
        raise explained(error, doing) from error
    except (ValueError, KeyError):
        secret = OriginSecret(values={})
    if not secret.values:
        # Not from the error: it quotes what it could not read.
        raise TroubleError("bad-secret", f"Failed when {doing}: it holds no value.", Exit.UNKNOWN) from None
    return secret


def read_any_secret(cloud: Cloud, deployment: Deployment) -> OriginSecret:
    """The secret from whichever region answers.

    :raises TroubleError: none does.
    """
    silent = []
    for region in secret_regions(deployment):
        try:
            return read_secret(cloud, deployment, region)
        except UnreachableError as trouble:
            silent.append(str(trouble))
    raise UnreachableError(" ".join(silent))


def ask_api(
    cloud: Cloud, deployment: Deployment, region: Region, value: str, *, patience: float = PATIENCE
) -> Heard:
    """Ask a region whether it can serve: 200 is yes, and comes from a strong read of its table."""
    url = cloud.api_url(region.name, region.api_domain) + deployment.readiness_path
    return ask(cloud, url, headers={HEADER: value}, patience=patience)
