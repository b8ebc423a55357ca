"""An HTTP API of one region, made from its OpenAPI description."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypedDict, Unpack

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from twinhull.live_function import LiveFunction

METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})

#: No path, query or address of the caller: paths hold ids, and ids are derived from e-mail addresses.
ACCESS_LOG: Final = {
    "requestId": "$context.requestId",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "integrationError": "$context.integrationErrorMessage",
    "responseLength": "$context.responseLength",
    "requestTime": "$context.requestTimeEpoch",
}


class ApiOverrides(TypedDict, total=False):
    """What a `RegionalApi` passes through to `aws_apigatewayv2.HttpApi`; see there."""

    api_name: str
    cors_preflight: apigatewayv2.CorsPreflightOptions
    description: str
    ip_address_type: apigatewayv2.IpAddressType


class RegionalApi(Construct):
    """An HTTP API with one route for each operation of an OpenAPI document.

    An operation has an `operationId`, which names its route here, and an `x-function`. The first server's
    path precedes all paths. What is read by GET is also read by HEAD. What no operation matches goes to the
    default function, so that all errors look alike. Its metrics are those of the stage: those of each route
    would be paid for one by one, and the access log says the route.

    >>> RegionalApi(self, "Public", openapi=openapi, functions={"shop": function}, default=function)

    :ivar api: the `aws_apigatewayv2.HttpApi`.
    :ivar stage: its only `aws_apigatewayv2.HttpStage`.
    :ivar log_group: the `aws_logs.LogGroup` of its access log.
    :ivar domain_name: host name under which CloudFront finds it.
    """

    api: apigatewayv2.HttpApi
    stage: apigatewayv2.HttpStage
    log_group: logs.LogGroup
    domain_name: str

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        openapi: Mapping[str, Any],
        functions: Mapping[str, LiveFunction],
        default: LiveFunction,
        rate_limit: int = 500,
        burst_limit: int = 1000,
        log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH,
        **overrides: Unpack[ApiOverrides],
    ) -> None:
        """Make the API, its routes and its stage.

        :param openapi: the parsed document.
        :param functions: by the names that operations use; each serves by its live alias.
        :param default: serves what no operation matches.
        :param rate_limit: requests a second, all callers together, beyond which the answer is 429.
        :param burst_limit: requests at once.
        :param log_retention: for how long the access log is kept.
        :param overrides: passed to `aws_apigatewayv2.HttpApi` after the defaults.
        :raises ValueError: an operation names no function, or one that is not there.
        """
        super().__init__(scope, id)
        properties: ApiOverrides = {"api_name": self.node.path, **overrides}
        self.api = apigatewayv2.HttpApi(self, "Resource", create_default_stage=False, **properties)
        integrations = {name: self._integrate(name, function) for name, function in functions.items()}
        for operation in operations(openapi):
            if operation.function not in integrations:
                raise ValueError(
                    f"{operation.route_key} has the x-function {operation.function!r}; "
                    f"name one of {', '.join(functions)}."
                )
            self._route(operation.id, operation.route_key, integrations[operation.function])
        same = next((integrations[name] for name in functions if functions[name] is default), None)
        self._route("Default", "$default", same or self._integrate("default", default))
        self.log_group = logs.LogGroup(
            self, "AccessLog", retention=log_retention, removal_policy=RemovalPolicy.DESTROY
        )
        self.stage = apigatewayv2.HttpStage(
            self,
            "Stage",
            http_api=self.api,
            auto_deploy=True,
            throttle=apigatewayv2.ThrottleSettings(rate_limit=rate_limit, burst_limit=burst_limit),
        )
        resource = self.stage.node.default_child
        assert isinstance(resource, apigatewayv2.CfnStage)  # noqa: S101
        resource.access_log_settings = apigatewayv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=self.log_group.log_group_arn, format=json.dumps(ACCESS_LOG)
        )
        stack = Stack.of(self)
        self.domain_name = f"{self.api.api_id}.execute-api.{stack.region}.{stack.url_suffix}"

    def _integrate(self, name: str, function: LiveFunction) -> apigatewayv2.HttpIntegration:
        integration = apigatewayv2.HttpIntegration(
            self,
            f"{name.capitalize()}Integration",
            http_api=self.api,
            integration_type=apigatewayv2.HttpIntegrationType.AWS_PROXY,
            integration_uri=function.alias.function_arn,
            payload_format_version=apigatewayv2.PayloadFormatVersion.VERSION_2_0,
        )
        function.alias.add_permission(
            f"{name.capitalize()}Permission",
            scope=self,
            principal=iam.ServicePrincipal("apigateway.amazonaws.com"),
            # The default route's requests come from `$default/$default`, all others from stage/method/path.
            source_arn=Stack.of(self).format_arn(
                service="execute-api", resource=self.api.api_id, resource_name="*/*"
            ),
        )
        return integration

    def _route(self, id: str, route_key: str, integration: apigatewayv2.HttpIntegration) -> None:
        apigatewayv2.CfnRoute(
            self,
            f"{id}Route",
            api_id=self.api.api_id,
            route_key=route_key,
            target=f"integrations/{integration.integration_id}",
        )


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What an OpenAPI document says of one operation."""

    id: str
    route_key: str
    function: str


def operations(openapi: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation of an OpenAPI document, its path preceded by that of the first server.

    Each GET comes with a HEAD, which HTTP takes for granted and such documents rarely list.

    :raises ValueError: an operation has no `operationId` or no `x-function`.
    """
    base = openapi["servers"][0]["url"].rstrip("/")
    for path, item in openapi["paths"].items():
        for method in sorted(METHODS & item.keys()):
            route_key = f"{method.upper()} {base}{path}"
            for name in ("operationId", "x-function"):
                if name not in item[method]:
                    raise ValueError(f"{route_key} has no {name}; add one to the OpenAPI document.")
            id, function = item[method]["operationId"], item[method]["x-function"]
            yield Operation(id=id, route_key=route_key, function=function)
            if method == "get" and "head" not in item:
                yield Operation(id=f"{id}Head", route_key=f"HEAD {base}{path}", function=function)
