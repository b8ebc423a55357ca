"""Every setting of the app, with its bounds."""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, Self
from uuid import UUID

from aws_cdk import Aws
from aws_cdk import aws_logs as logs
from constructs import Node
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from twinhull import Regions
from twinhull.alarms.topics import ADDRESS, URL

#: The block of cdk.json's context that holds the defaults.
BLOCK: Final = "twinhull"

#: CloudFront is global, and its resources are managed from here whatever regions serve.
EDGE_REGION: Final = "us-east-1"

#: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION: Final = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    120: logs.RetentionDays.FOUR_MONTHS,
    150: logs.RetentionDays.FIVE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    400: logs.RetentionDays.THIRTEEN_MONTHS,
    545: logs.RetentionDays.EIGHTEEN_MONTHS,
    731: logs.RetentionDays.TWO_YEARS,
    1096: logs.RetentionDays.THREE_YEARS,
    1827: logs.RetentionDays.FIVE_YEARS,
    2192: logs.RetentionDays.SIX_YEARS,
    2557: logs.RetentionDays.SEVEN_YEARS,
    2922: logs.RetentionDays.EIGHT_YEARS,
    3288: logs.RetentionDays.NINE_YEARS,
    3653: logs.RetentionDays.TEN_YEARS,
}


#: What the keys of all files that people sent begin with.
UPLOADS: Final = "uploads/"


class SettingsError(ValueError):
    """What is wrong with the settings, and how to mend it."""


class Settings(BaseModel):
    """How this deployment differs from others. Each field's description says what it accepts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(
        pattern=r"^[a-z][a-z0-9-]{1,19}[a-z0-9]$",
        description="3 to 21 lower-case letters, digits and hyphens; stacks, the table, the buckets and the "
        "secrets are named by it, so two deployments in one account need two names",
    )
    primary_region: str = Field(description="the region that holds the table's stack, like us-east-1")
    secondary_region: str = Field(description="the other region that serves, like us-west-2")
    witness_region: str = Field(description="a third region that witnesses writes, like us-east-2")
    consistency: Literal["strong", "eventual"] = Field(
        description="'strong' (loses no acknowledged write) or 'eventual'; can never be changed"
    )
    user_namespace: UUID = Field(
        description="a UUID (uuidgen makes one) from which the users' ids are derived; never change it"
    )
    log_retention_days: int = Field(description=f"one of {', '.join(map(str, RETENTION))}")
    key_rotation_days: int = Field(
        ge=31,
        le=365,
        description="31 to 365 days for which a key signs sessions, cursors and links before the next one",
    )
    rate_limit: int = Field(
        ge=1,
        le=10_000,
        description="1 to 10000 requests a second in each region, beyond which answers are 429",
    )
    burst_limit: int = Field(ge=1, le=5_000, description="1 to 5000 requests at once in each region")

    origin_key: Literal["a", "b"] = Field(
        description="'a' or 'b', the value of the origin secret that the edge sends; "
        "`twinhull rotate-origin` says when to change it"
    )
    watchdog: Literal["off", "report", "enforce"] = Field(
        description="'report' (each region publishes how the other one is), 'enforce' (it also drains the "
        "other one when it is lost; people restore it) or 'off'"
    )

    firewall: bool = Field(
        description="true (a firewall before the page and the API, about 10 dollars a month) or false"
    )
    domain_name: str = Field(
        pattern=r"^$|^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$",
        description="a name of one's own for the page, like app.example.com; empty for one of CloudFront's",
    )
    hosted_zone_id: str = Field(
        pattern=r"^$|^Z[A-Z0-9]{1,31}$",
        description="the Route 53 hosted zone of domain_name, like Z0123456789ABCDEFGHIJ; empty without one",
    )
    sender: str = Field(
        pattern=r"^$|^[A-Za-z0-9._+-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$",
        description="the address from which notices are sent, like notices@example.com, verified by SES in "
        "both regions; empty: notices are recorded and wait",
    )
    mail_rate: int = Field(
        ge=1,
        le=200,
        description="1 to 200 notices a second that each region sends at most: no more than the account's "
        "quota at SES (1 in its sandbox)",
    )

    alarms: Literal["full", "lean", "off"] = Field(
        description="'full' (all of docs/alarms.md), 'lean' (those without which nobody would know, and no "
        "metric that is paid for while nobody comes) or 'off' (none, but the metrics for alarms of one's own)"
    )
    pages_to: str = Field(
        description="who is woken by alarms: e-mail addresses and https:// addresses, separated by commas; "
        "empty for nobody"
    )
    tickets_to: str = Field(
        description="who is told of alarms that can wait until the morning, likewise; empty for nobody"
    )

    @field_validator("pages_to", "tickets_to")
    @classmethod
    def _can_be_told(cls, told: str) -> str:
        if not all(ADDRESS.fullmatch(each) or URL.fullmatch(each) for each in _several(told)):
            raise ValueError("neither an e-mail address nor an https:// address")
        return told

    @field_validator("log_retention_days")
    @classmethod
    def _is_offered(cls, days: int) -> int:
        if days not in RETENTION:
            raise ValueError("CloudWatch Logs offers no such retention")
        return days

    @model_validator(mode="after")
    def _has_a_zone_for_its_name(self) -> Self:
        if bool(self.domain_name) != bool(self.hosted_zone_id):
            raise ValueError("Set domain_name and hosted_zone_id (cdk.json or -c) both, or neither.")
        return self

    @model_validator(mode="after")
    def _can_be_consistent(self) -> Self:
        try:
            _ = self.regions
        except ValueError as error:
            names = "primary_region, secondary_region and witness_region"
            raise ValueError(f"Set {names} (cdk.json or -c): {error}") from None
        return self

    @classmethod
    def from_context(cls, node: Node) -> Self:
        """Read the block `twinhull` of the context; a setting given by itself (`-c name=shop`) precedes it.

        :raises SettingsError: a setting is unknown, missing or out of bounds.
        """
        block = node.try_get_context(BLOCK)
        if not isinstance(block, Mapping):
            raise SettingsError(f"cdk.json's context has no block {BLOCK!r} with the settings; restore it.")
        given = {
            name: value for name in cls.model_fields if (value := node.try_get_context(name)) is not None
        }
        _refuse_misspelled(name for name in node.get_all_context() if name not in block)
        try:
            return cls(**{**block, **given})
        except ValidationError as error:
            raise SettingsError("\n".join(_sentence(problem) for problem in error.errors())) from None

    @property
    def regions(self) -> Regions:
        """The three regions together."""
        return Regions(
            primary=self.primary_region, secondary=self.secondary_region, witness=self.witness_region
        )

    @property
    def paged(self) -> list[str]:
        """`pages_to`, one by one."""
        return _several(self.pages_to)

    @property
    def ticketed(self) -> list[str]:
        """`tickets_to`, one by one."""
        return _several(self.tickets_to)

    @property
    def log_retention(self) -> logs.RetentionDays:
        """`log_retention_days` as the CDK names it."""
        return RETENTION[self.log_retention_days]

    @property
    def table_name(self) -> str:
        """The users' table, in both regions."""
        return f"{self.name}-users"

    @property
    def earlier_tables(self) -> str:
        """What the names of tables begin with that hold the users of an earlier moment."""
        return f"{self.table_name}-at-"

    @property
    def throttles_table_name(self) -> str:
        """The table that counts failed log-ins, in both regions."""
        return f"{self.name}-throttles"

    @property
    def keys_secret_name(self) -> str:
        """The secret from which sessions, cursors and fingerprints derive their keys."""
        return f"{self.name}/keys"

    @property
    def origin_secret_name(self) -> str:
        """The secret by which the APIs know CloudFront."""
        return f"{self.name}/origin"

    @property
    def page_parameter_name(self) -> str:
        """The parameter that says in each region where the page is."""
        return f"/{self.name}/page"

    def site_bucket_name(self, region: str) -> str:
        """The bucket with the page in a region; unique in the world by the account."""
        return f"{self.name}-site-{Aws.ACCOUNT_ID}-{region}"

    def uploads_bucket_name(self, region: str) -> str:
        """The bucket with the files that people sent to a region, and copies of the other region's."""
        return f"{self.name}-uploads-{Aws.ACCOUNT_ID}-{region}"

    @staticmethod
    def uploads_prefix(region: str) -> str:
        """What the keys of a region's own files begin with, in both buckets."""
        return f"{UPLOADS}{region}/"

    def uploads_url(self, region: str) -> str:
        """Where browsers send files, and take them from."""
        return f"https://{self.uploads_bucket_name(region)}.s3.{region}.{Aws.URL_SUFFIX}"


def _several(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _refuse_misspelled(names: Iterator[str]) -> None:
    """A setting on the command line that is nearly one of ours is a mistake, not somebody else's context."""
    for name in names:
        if name in Settings.model_fields or name == BLOCK or not re.fullmatch(r"[A-Za-z_-]+", name):
            continue
        if meant := difflib.get_close_matches(name.lower().replace("-", "_"), Settings.model_fields, 1, 0.8):
            raise SettingsError(f"There is no setting {name}; write -c {meant[0]}=….")


def _sentence(problem: Any) -> str:
    name = ".".join(map(str, problem["loc"]))
    if not name:  # several settings together
        return str(problem["ctx"]["error"])
    if problem["type"] == "extra_forbidden":
        known = ", ".join(Settings.model_fields)
        return (
            f"There is no setting {name}; remove it from the block {BLOCK!r} of cdk.json. There are: {known}."
        )
    accepted = Settings.model_fields[name].description
    got = "is missing" if problem["type"] == "missing" else f"is {problem['input']!r}"
    return f"The setting {name} {got}; set it in cdk.json or by -c {name}=… to {accepted}."
