"""What is deployed, read from the CloudFront API: origins, behaviours, functions and policies.

Whatever the edge would not honour is refused by name (`UnsupportedFeatureError`), so that a distribution
cannot seem to work here and mean something else in AWS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.edge.policies import Forwarding, ResponseHeaders

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

READS = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods for which CloudFront fails over inside an origin group."""


class UnsupportedFeatureError(Exception):
    """The distribution uses something that the edge does not imitate."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where requests are sent; times are seconds.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html
    """

    id: str
    domain: str
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    connection_attempts: int = 3
    connection_timeout: float = 10
    read_timeout: float = 30
    signed: bool = False
    """Whether requests carry the signature of an origin access control."""


@dataclass(frozen=True, kw_only=True)
class OriginGroup:
    """Origins in the order in which they are tried, and the statuses on which the next one is."""

    members: tuple[str, ...]
    statuses: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class FunctionCode:
    """A CloudFront Function as it is live: its code and the key-value store it may read."""

    name: str
    code: str
    store: str | None = None


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What happens to the requests whose path matches `pattern`."""

    pattern: str
    target: str
    methods: frozenset[str]
    forwarding: Forwarding
    response_headers: ResponseHeaders
    viewer_request: FunctionCode | None = None

    def matches(self, path: str) -> bool:
        """Whether this behaviour is the one for a path: `*` and `?` stand for any characters, case counts."""
        pattern = self.pattern if self.pattern.startswith(("/", "*")) else f"/{self.pattern}"
        return bool(
            re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), path, re.DOTALL)
        )


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """A deployed distribution; the last behaviour is the default one and matches every path."""

    id: str
    domain: str
    origins: Mapping[str, Origin]
    groups: Mapping[str, OriginGroup]
    behaviours: tuple[Behaviour, ...]

    def behaviour(self, path: str) -> Behaviour:
        """The first behaviour whose pattern matches."""
        return next(behaviour for behaviour in self.behaviours if behaviour.matches(path))

    def group(self, target: str) -> OriginGroup:
        """The origins behind a target's id: a group's, or the single origin's."""
        return self.groups.get(target) or OriginGroup(members=(self.origins[target].id,))


def read_distribution(cloudfront: CloudFrontClient, distribution_id: str) -> Distribution:
    """Read a deployed distribution with everything it refers to."""
    deployed = cloudfront.get_distribution(Id=distribution_id)["Distribution"]
    config: Mapping[str, Any] = deployed["DistributionConfig"]
    for error in _items(config.get("CustomErrorResponses")):
        if error.get("ResponsePagePath"):
            raise UnsupportedFeatureError(f"a custom error page for {error['ErrorCode']}")
    reader = _Reader(cloudfront)
    ordered = [*_items(config.get("CacheBehaviors")), {"PathPattern": "*", **config["DefaultCacheBehavior"]}]
    return Distribution(
        id=distribution_id,
        domain=deployed["DomainName"],
        origins={raw["Id"]: reader.origin(raw) for raw in _items(config["Origins"])},
        groups={raw["Id"]: _group(raw) for raw in _items(config.get("OriginGroups"))},
        behaviours=tuple(reader.behaviour(raw) for raw in ordered),
    )


def _items(quantity: Mapping[str, Any] | None) -> list[Any]:
    """The elements of CloudFront's `{"Quantity": n, "Items": […]}`; Items is left out when there are none."""
    return list((quantity or {}).get("Items") or [])


def _group(raw: Mapping[str, Any]) -> OriginGroup:
    return OriginGroup(
        members=tuple(member["OriginId"] for member in _items(raw["Members"])),
        statuses=frozenset(int(code) for code in _items(raw["FailoverCriteria"]["StatusCodes"])),
    )


class _Reader:
    """Reads each policy and function once, however many behaviours share it."""

    def __init__(self, cloudfront: CloudFrontClient) -> None:
        self._cloudfront = cloudfront
        self._functions: dict[str, FunctionCode] = {}

    def origin(self, raw: Mapping[str, Any]) -> Origin:
        config: Mapping[str, Any] = raw.get("CustomOriginConfig") or raw.get("S3OriginConfig") or {}
        access_control = raw.get("OriginAccessControlId")
        signing = None
        if access_control:
            control = self._cloudfront.get_origin_access_control(Id=access_control)["OriginAccessControl"]
            signing = control["OriginAccessControlConfig"]["SigningBehavior"]
        return Origin(
            id=raw["Id"],
            domain=raw["DomainName"],
            path=raw.get("OriginPath") or "",
            headers={item["HeaderName"]: item["HeaderValue"] for item in _items(raw.get("CustomHeaders"))},
            connection_attempts=int(raw.get("ConnectionAttempts") or 3),
            connection_timeout=float(raw.get("ConnectionTimeout") or 10),
            read_timeout=float(config.get("OriginReadTimeout") or 30),
            signed=signing in {"always", "no-override"},
        )

    def behaviour(self, raw: Mapping[str, Any]) -> Behaviour:
        if _items(raw.get("LambdaFunctionAssociations")):
            raise UnsupportedFeatureError("Lambda@Edge")
        if not raw.get("CachePolicyId"):
            raise UnsupportedFeatureError("a behaviour without a cache policy (ForwardedValues)")
        viewer_request = None
        for association in _items(raw.get("FunctionAssociations")):
            if association["EventType"] != "viewer-request":
                raise UnsupportedFeatureError(f"a function for {association['EventType']}")
            viewer_request = self._function(association["FunctionARN"])
        return Behaviour(
            pattern=raw["PathPattern"],
            target=raw["TargetOriginId"],
            methods=frozenset(_items(raw.get("AllowedMethods")) or ("GET", "HEAD")),
            forwarding=self._forwarding(raw["CachePolicyId"], raw.get("OriginRequestPolicyId")),
            response_headers=self._response_headers(raw.get("ResponseHeadersPolicyId")),
            viewer_request=viewer_request,
        )

    def _function(self, arn: str) -> FunctionCode:
        if arn not in self._functions:
            name = arn.rsplit("/", 1)[-1]
            summary = self._cloudfront.describe_function(Name=name, Stage="LIVE")["FunctionSummary"]
            stores = _items(summary["FunctionConfig"].get("KeyValueStoreAssociations"))
            code = self._cloudfront.get_function(Name=name, Stage="LIVE")["FunctionCode"].read().decode()
            store = stores[0]["KeyValueStoreARN"] if stores else None
            self._functions[arn] = FunctionCode(name=name, code=code, store=store)
        return self._functions[arn]

    def _forwarding(self, cache_policy: str, request_policy: str | None) -> Forwarding:
        cache = self._cloudfront.get_cache_policy(Id=cache_policy)["CachePolicy"]["CachePolicyConfig"]
        configs: list[Mapping[str, Any]] = [cache.get("ParametersInCacheKeyAndForwardedToOrigin") or {}]
        if request_policy:
            answer = self._cloudfront.get_origin_request_policy(Id=request_policy)
            configs.append(answer["OriginRequestPolicy"]["OriginRequestPolicyConfig"])
        return Forwarding.of(configs)

    def _response_headers(self, policy: str | None) -> ResponseHeaders:
        if not policy:
            return ResponseHeaders()
        answer = self._cloudfront.get_response_headers_policy(Id=policy)
        return ResponseHeaders.of(answer["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"])
