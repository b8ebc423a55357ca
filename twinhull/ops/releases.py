"""Which release each region's functions run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from twinhull.ops.cloud import Cloud
from twinhull.ops.deployment import Region
from twinhull.ops.trouble import explained


@dataclass(frozen=True)
class Running:
    """What is behind an alias: a version, which each region counts by itself, and the hash of its code."""

    version: str
    code: str


def running(cloud: Cloud, region: Region) -> dict[str, Running]:
    """What a region's functions run, by their nouns.

    :raises TroubleError: Lambda cannot be asked there.
    """
    functions = cloud.client("lambda", region.name)
    return {noun: _running(functions, alias, region) for noun, alias in region.functions.items()}


def configuration(functions: Any, alias: str, region: Region) -> Mapping[str, Any]:
    """What is configured behind an alias.

    :raises TroubleError: Lambda cannot be asked.
    """
    function, _, qualifier = alias.rpartition(":")
    try:
        found: Mapping[str, Any] = functions.get_function_configuration(
            FunctionName=function, Qualifier=qualifier
        )
    except (BotoCoreError, ClientError) as error:
        raise explained(error, f"asking what runs in {region.name}") from error
    return found


def differing(regions: Sequence[Mapping[str, Running]]) -> list[str]:
    """Functions that run other code in one region than in another; some are in one region only."""
    first, *others = regions
    return [
        noun
        for noun, here in first.items()
        if any(noun in there and there[noun].code != here.code for there in others)
    ]


def _running(functions: Any, alias: str, region: Region) -> Running:
    found = configuration(functions, alias, region)
    return Running(version=found["Version"], code=found["CodeSha256"])
