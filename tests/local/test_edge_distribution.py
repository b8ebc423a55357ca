"""Reading the deployed distribution: what the edge does not imitate is refused by name."""

from typing import Any
from unittest.mock import MagicMock

import pytest

from local.edge.distribution import Distribution, UnsupportedFeatureError, read_distribution


def items(*each: Any) -> dict[str, Any]:
    return {"Quantity": len(each), "Items": list(each)} if each else {"Quantity": 0}


def any_behaviour(**changes: Any) -> dict[str, Any]:
    return {
        "TargetOriginId": "api",
        "CachePolicyId": "cache",
        "AllowedMethods": items("GET", "HEAD"),
        **changes,
    }


def read(behaviour: dict[str, Any], **changes: Any) -> Distribution:
    """Read a distribution with this default behaviour."""
    cloudfront = MagicMock()
    bucket = {"Id": "site", "DomainName": "any", "S3OriginConfig": {"OriginReadTimeout": 3}}
    cloudfront.get_distribution.return_value = {
        "Distribution": {
            "DomainName": "d1.cloudfront.net",
            "DistributionConfig": {
                "Origins": items(
                    {
                        "Id": "api",
                        "DomainName": "abcd1234.execute-api.eu-west-1.amazonaws.com",
                        "ConnectionAttempts": 1,
                        "ConnectionTimeout": 3,
                        "CustomHeaders": items({"HeaderName": "x-origin-verify", "HeaderValue": "secret"}),
                        "CustomOriginConfig": {"OriginReadTimeout": 12},
                    },
                    bucket,
                ),
                "DefaultCacheBehavior": behaviour,
                **changes,
            },
        }
    }
    cloudfront.get_cache_policy.return_value = {"CachePolicy": {"CachePolicyConfig": {}}}
    return read_distribution(cloudfront, "E1")


def should_read_an_origins_times_and_headers() -> None:
    origin = read(any_behaviour()).origins["api"]
    assert (origin.connection_attempts, origin.connection_timeout, origin.read_timeout) == (1, 3, 12)
    assert origin.headers == {"x-origin-verify": "secret"}
    assert origin.signed is False
    assert read(any_behaviour()).origins["site"].read_timeout == 3


@pytest.mark.parametrize(
    ("behaviour", "changes", "name"),
    [
        ({"LambdaFunctionAssociations": items({"EventType": "viewer-request"})}, {}, "Lambda@Edge"),
        ({"FunctionAssociations": items({"EventType": "viewer-response"})}, {}, "viewer-response"),
        ({"CachePolicyId": None}, {}, "without a cache policy"),
        (
            {},
            {"CustomErrorResponses": items({"ErrorCode": 404, "ResponsePagePath": "/404.html"})},
            "error page for 404",
        ),
    ],
)
def should_refuse_what_it_would_ignore(behaviour: dict[str, Any], changes: dict[str, Any], name: str) -> None:
    with pytest.raises(UnsupportedFeatureError, match=name):
        read(any_behaviour(**behaviour), **changes)


def should_accept_error_responses_that_only_say_how_long_they_are_cached() -> None:
    caching = {"CustomErrorResponses": items({"ErrorCode": 503, "ErrorCachingMinTTL": 0})}
    assert read(any_behaviour(), **caching).id == "E1"
