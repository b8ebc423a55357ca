"""The functions and their API, as both regions have them."""

import copy
import json
import re
from dataclasses import MISSING, fields
from importlib import import_module
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match, Template

from stacks.code import OPENAPI
from tools.assembly import Assembly, Resource
from tools.readable import text
from twinhull import LiveFunction, PythonPackage, RegionalApi
from twinhull.packaging import PackagingError
from twinhull.regional_api import operations

REGIONS = ("us-east-1", "us-west-2")

#: Variables that each function is told for its log lines and metrics, and those that Lambda sets.
EVERYBODYS = {"DEPLOYMENT", "POWERTOOLS_SERVICE_NAME"}
BY_LAMBDA = {"AWS_REGION"}

DOCUMENT: dict[str, Any] = json.loads(OPENAPI.read_text())

#: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html, without what
#: says who asked for what: paths hold ids, which are derived from e-mail addresses.
LOGGED = {
    "$context.requestId",
    "$context.routeKey",
    "$context.status",
    "$context.responseLatency",
    "$context.integrationLatency",
    "$context.integrationErrorMessage",
    "$context.responseLength",
    "$context.requestTimeEpoch",
}


def any_stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "any", env=cdk.Environment(region="eu-west-1"))


def any_function(stack: cdk.Stack, **arguments: Any) -> LiveFunction:
    package = PythonPackage(name="any", files={"any.py": b"def handler(*_): ..."}, requirements=())
    return LiveFunction(stack, "Any", package=package, handler="any.handler", **arguments)


def any_api(stack: cdk.Stack, paths: dict[str, Any], **overrides: Any) -> RegionalApi:
    function = any_function(stack)
    return RegionalApi(
        stack,
        "Api",
        openapi={"servers": [{"url": "/v1/"}], "paths": paths},
        functions={"any": function},
        default=function,
        **overrides,
    )


def by_id(assembly: Assembly, region: str, kind: str) -> dict[str, Resource]:
    return {found.id: found for found in assembly.resources(kind) if found.region == region}


def served(assembly: Assembly, region: str) -> dict[str, str]:
    """Route → the function that serves it, followed through integration, alias and version."""
    integrations = by_id(assembly, region, "AWS::ApiGatewayV2::Integration")
    aliases = by_id(assembly, region, "AWS::Lambda::Alias")
    versions = by_id(assembly, region, "AWS::Lambda::Version")
    names = {found.id: name for (where, name), found in assembly.functions().items() if where == region}
    routes: dict[str, str] = {}
    for route in by_id(assembly, region, "AWS::ApiGatewayV2::Route").values():
        _, target = route.properties["Target"]["Fn::Join"][1]
        alias = aliases[integrations[target["Ref"]].properties["IntegrationUri"]["Ref"]]
        assert alias.properties["Name"] == "live"
        version = versions[alias.properties["FunctionVersion"]["Fn::GetAtt"][0]]
        routes[route.properties["RouteKey"]] = names[version.properties["FunctionName"]["Ref"]]
    return routes


@pytest.mark.parametrize("region", REGIONS)
def should_route_each_operation_to_the_live_version_of_its_function(region: str, assembly: Assembly) -> None:
    expected = {each.route_key: each.function for each in operations(DOCUMENT)}
    assert len(expected) >= 11
    reads = {key.removeprefix("GET ") for key in expected if key.startswith("GET ")}
    assert reads == {key.removeprefix("HEAD ") for key in expected if key.startswith("HEAD ")}
    assert served(assembly, region) == {**expected, "$default": "health"}


@pytest.mark.parametrize("region", REGIONS)
def should_let_the_api_invoke_each_live_version_by_any_route(region: str, assembly: Assembly) -> None:
    """`$default/$default` has one slash less than `stage/method/path`."""
    integrations = by_id(assembly, region, "AWS::ApiGatewayV2::Integration").values()
    permissions = {
        text(permission.properties["FunctionName"]): text(permission.properties["SourceArn"])
        for permission in by_id(assembly, region, "AWS::Lambda::Permission").values()
    }
    for integration in integrations:
        api = text(integration.properties["ApiId"])
        source = permissions[text(integration.properties["IntegrationUri"])]
        assert source == f"arn:${{AWS::Partition}}:execute-api:{region}:${{AWS::AccountId}}:{api}/*/*"


@pytest.mark.parametrize("region", REGIONS)
def should_throttle_and_log_every_request(region: str, assembly: Assembly) -> None:
    (stage,) = by_id(assembly, region, "AWS::ApiGatewayV2::Stage").values()
    settings = stage.properties["DefaultRouteSettings"]
    assert (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]) == (500, 1000)
    assert "RouteSettings" not in stage.properties
    destination = stage.properties["AccessLogSettings"]["DestinationArn"]["Fn::GetAtt"][0]
    assert destination in by_id(assembly, region, "AWS::Logs::LogGroup")


def should_never_log_a_path_a_query_or_an_address(assembly: Assembly) -> None:
    for stage in assembly.resources("AWS::ApiGatewayV2::Stage"):
        entry = json.loads(stage.properties["AccessLogSettings"]["Format"])
        assert set(entry.values()) == LOGGED


def should_keep_no_log_for_ever(assembly: Assembly) -> None:
    groups = list(assembly.resources("AWS::Logs::LogGroup"))
    assert len(groups) >= 10
    assert [group.id for group in groups if not group.properties.get("RetentionInDays")] == []


def should_keep_our_own_logs_as_long_as_the_setting_says(assembly: Assembly) -> None:
    groups = {(group.region, group.id): group for group in assembly.resources("AWS::Logs::LogGroup")}
    for (region, _), function in assembly.functions().items():
        logging = function.properties["LoggingConfig"]
        assert groups[region, logging["LogGroup"]["Ref"]].properties["RetentionInDays"] == 30


def should_give_every_function_a_log_group_of_the_template(assembly: Assembly) -> None:
    """Lambda would make one itself, whose logs are kept for ever."""
    for function in assembly.resources("AWS::Lambda::Function"):
        groups = list(assembly.resources("AWS::Logs::LogGroup", stack=function.stack))
        named = {text(group.properties.get("LogGroupName", "")): group.id for group in groups}
        own = function.properties.get("LoggingConfig", {}).get("LogGroup")
        assert (own or {}).get("Ref") in {group.id for group in groups} or (
            f"/aws/lambda/${{{function.id}}}" in named
        ), function.id


def should_run_every_function_on_arm(assembly: Assembly) -> None:
    functions = list(assembly.resources("AWS::Lambda::Function"))
    assert len(functions) >= 8
    # The CDK leaves no choice for the function by which its custom resources call AWS.
    chosen = [function for function in functions if "/AWS679f53fac" not in function.path]
    assert {tuple(function.properties["Architectures"]) for function in chosen} == {("arm64",)}


def should_run_our_functions_alike(assembly: Assembly) -> None:
    assert len(assembly.functions()) == 17
    for (_, name), function in assembly.functions().items():
        properties = function.properties
        assert properties["Handler"] == f"functions.{name}.handler.handler"
        assert properties["Runtime"] == "python3.13"
        assert properties["Timeout"] == {"notifier": 30, "sweeper": 50}.get(name, 10)
        assert properties["LoggingConfig"]["LogFormat"] == "JSON"
        variables = properties["Environment"]["Variables"]
        assert (variables["DEPLOYMENT"], variables["POWERTOOLS_SERVICE_NAME"]) == ("twinhull", name)


def should_tell_a_function_only_what_it_reads(assembly: Assembly) -> None:
    """And all of that; which of it a function uses is shown where its environment is read."""
    for (region, name), function in assembly.functions().items():
        told = set(function.properties["Environment"]["Variables"]) - EVERYBODYS
        asked = fields(import_module(f"functions.{name}.env").Environment)
        reads = {one.name.upper() for one in asked} - BY_LAMBDA
        needs = {one.name.upper() for one in asked if one.default is MISSING} - BY_LAMBDA
        assert needs <= told <= reads, (region, name)


def should_be_the_same_in_both_regions_but_for_the_rotation(assembly: Assembly) -> None:
    def without_region(region: str, peer: str) -> str:
        template = copy.deepcopy(assembly.templates[f"twinhull-compute-{region}"])
        for part in template.values():
            for id in [id for id in part if re.search("Rotation|KeysTooOld", id)]:
                del part[id]
        text = json.dumps(template).replace(region, "<region>").replace(peer, "<peer>")
        text = re.sub(r', \{"Ref": "KeyRotationLogs\w+"\}', "", text)
        # The CDK names what lets a schedule call a function by the stack.
        text = re.sub(r"(twinhullcompute)us\w+?(Sweeper)\w*", r"\1\2", text)
        text = re.sub(r"(AllowEventRule\w+Sweeper)\w*", r"\1", text)
        text = re.sub(r"twinhullcompute(useast1|uswest2)Arrival\w*", "Arrival", text)
        text = re.sub(r"(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}", r"\1", text)
        return json.dumps(json.loads(text), sort_keys=True)

    assert without_region(*REGIONS) == without_region(*reversed(REGIONS))


def should_let_operators_invoke_the_live_version(assembly: Assembly) -> None:
    for region in REGIONS:
        stack = f"twinhull-compute-{region}"
        alias = assembly.templates[stack]["Outputs"]["OperatorFunction"]["Value"]["Ref"]
        body = assembly.templates[stack]["Resources"][alias]
        assert (body["Type"], body["Properties"]["Name"]) == ("AWS::Lambda::Alias", "live")


def should_let_the_operators_function_be_invoked_by_no_route(assembly: Assembly) -> None:
    for region in REGIONS:
        assert "operator" not in served(assembly, region).values()


def should_apply_overrides_after_the_defaults() -> None:
    stack = any_stack()
    any_function(
        stack,
        timeout=cdk.Duration.seconds(3),
        memory_size=256,
        tracing=lambda_.Tracing.DISABLED,
        reserved_concurrent_executions=7,
    )
    (function,) = Template.from_stack(stack).find_resources("AWS::Lambda::Function").values()
    properties = function["Properties"]
    assert (properties["Timeout"], properties["MemorySize"]) == (3, 256)
    assert properties["ReservedConcurrentExecutions"] == 7
    assert "TracingConfig" not in properties


def should_be_granted_things_like_any_grantee() -> None:
    stack = any_stack()
    function = any_function(stack)
    iam.Grant.add_to_principal(
        grantee=function,
        actions=["sqs:SendMessage"],
        resource_arns=["arn:aws:sqs:eu-west-1:111111111111:any"],
    )
    assert "sqs:SendMessage" in str(Template.from_stack(stack).find_resources("AWS::IAM::Policy"))


def should_make_a_new_version_when_a_variable_is_added() -> None:
    versions = []
    for variables in ({}, {"ANY": "value"}):
        stack = any_stack()
        function = any_function(stack, environment={"FIRST": "1"})
        for name, value in variables.items():
            function.add_environment(name, value)
        template = Template.from_stack(stack)
        (properties,) = template.find_resources("AWS::Lambda::Function").values()
        assert properties["Properties"]["Environment"]["Variables"] == {"FIRST": "1", **variables}
        versions.append(list(template.find_resources("AWS::Lambda::Version")))
    assert versions[0] != versions[1]


def should_precede_paths_by_that_of_the_server() -> None:
    paths = {"/things/{id}": {"get": {"operationId": "show", "x-function": "any"}, "parameters": []}}
    stack = any_stack()
    any_api(stack, paths, api_name="shop", rate_limit=7)
    template = Template.from_stack(stack)
    keys = {
        each["Properties"]["RouteKey"]
        for each in template.find_resources("AWS::ApiGatewayV2::Route").values()
    }
    assert keys == {"GET /v1/things/{id}", "HEAD /v1/things/{id}", "$default"}
    template.has_resource_properties("AWS::ApiGatewayV2::Api", {"Name": "shop"})
    template.has_resource_properties(
        "AWS::ApiGatewayV2::Stage", {"DefaultRouteSettings": {"ThrottlingRateLimit": 7}}
    )


@pytest.mark.parametrize(
    ("operation", "remedy"),
    [
        ({"operationId": "show"}, "GET /v1/things has no x-function; add one to the OpenAPI document"),
        ({"x-function": "any"}, "GET /v1/things has no operationId; add one to the OpenAPI document"),
        ({"operationId": "show", "x-function": "none"}, "has the x-function 'none'; name one of any"),
    ],
)
def should_refuse_an_operation_that_nothing_serves(operation: dict[str, str], remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        any_api(any_stack(), {"/things": {"get": operation}})


def should_serve_the_default_route_by_a_function_of_its_own() -> None:
    stack = any_stack()
    package = PythonPackage(name="none", files={"none.py": b""}, requirements=())
    none = LiveFunction(stack, "None", package=package, handler="none.handler")
    RegionalApi(stack, "Api", openapi={"servers": [{"url": ""}], "paths": {}}, functions={}, default=none)
    Template.from_stack(stack).resource_count_is("AWS::ApiGatewayV2::Integration", 1)


def should_refuse_a_handler_that_the_package_lacks() -> None:
    package = PythonPackage(name="shop", files={"shop.py": b"", "parts/__init__.py": b""})
    for number, handler in enumerate(("shop.handler", "parts.handler")):
        LiveFunction(any_stack(), f"Any{number}", package=package, handler=handler)
    for handler in ("nothere.handler", "shop.part.handler", "shop", "handler"):
        with pytest.raises(PackagingError, match=r"which the package shop lacks; write `module\.function`"):
            LiveFunction(any_stack(), "Any", package=package, handler=handler)


def should_leave_the_handler_to_layers() -> None:
    stack = any_stack()
    layer = lambda_.LayerVersion.from_layer_version_arn(
        stack, "Layer", f"arn:aws:lambda:eu-west-1:{1:012}:layer:a:1"
    )
    package = PythonPackage(name="shop", files={"shop.py": b""})
    LiveFunction(stack, "Any", package=package, handler="wrapper.handler", layers=[layer])


@pytest.mark.parametrize("bytecode", [True, False])
def should_warn_where_nothing_compiles_the_package(bytecode: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("package", "package_zip"):
        monkeypatch.setattr(f"twinhull.packaging.{module}.find_interpreter", lambda version: None)
    stack = any_stack()
    package = PythonPackage(name="shop", files={"shop.py": b""}, bytecode=bytecode)
    LiveFunction(stack, "Any", package=package, handler="shop.handler")
    warnings = Annotations.from_stack(stack).find_warning(
        "*", Match.string_like_regexp("No Python 3.13 was found")
    )
    assert len(warnings) == bytecode
