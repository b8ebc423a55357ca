"""Calling functions of a region directly, as AWS itself does."""

from typing import Any

import boto3

from local.emulator_process import ACCESS_KEY
from tests.cloud import Cloud


def aws(cloud: Cloud, service: str, region: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=cloud.config["table"]["endpoint"],
        region_name=region,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=ACCESS_KEY,
    )


def function(cloud: Cloud, region: str, name: str) -> str:
    stacks = aws(cloud, "cloudformation", region).describe_stacks()["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for each in stacks for one in each.get("Outputs", [])}
    return str(outputs[f"{name}Function"])


def sweep(cloud: Cloud, region: str) -> None:
    """Call a region's sweeper, as its schedule does each minute."""
    answer = aws(cloud, "lambda", region).invoke(
        FunctionName=function(cloud, region, "Sweeper"), Payload=b"{}"
    )
    assert "FunctionError" not in answer, answer["Payload"].read()
