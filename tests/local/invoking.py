"""Calling functions of a region directly, as AWS itself does."""

from typing import Any

import boto3

from tests.cloud import Cloud


def aws(cloud: Cloud, service: str, region: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=cloud.config["table"]["endpoint"],
        region_name=region,
        aws_access_key_id=cloud.keys.access_key_id,
        aws_secret_access_key=cloud.keys.secret_access_key,
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
