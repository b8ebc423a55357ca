"""The edge's stack, between the stacks of both regions that it refers to."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_apigatewayv2 as apigatewayv2

from stacks import shells
from stacks.application import Application
from stacks.edge import EdgeStack
from stacks.settings import Settings
from tests.templates.edge_function import Edge, any_request

US = {"primary_region": "us-east-1", "secondary_region": "us-west-2", "witness_region": "us-east-2"}
EU = {"primary_region": "eu-west-1", "secondary_region": "eu-central-1", "witness_region": "eu-west-3"}
AP = {
    "primary_region": "ap-northeast-1",
    "secondary_region": "ap-northeast-3",
    "witness_region": "ap-northeast-2",
}


class Synthesized:
    """The edge's stack of a triple of regions, and the two APIs' stacks it refers to."""

    def __init__(self, outdir: str, triple: dict[str, str]) -> None:
        app = Application(context=triple, outdir=outdir)
        self.settings = Settings.from_context(app.node)
        domains = {}
        for region in self.settings.regions.serving:
            stack = cdk.Stack(app, f"api-{region}", env=cdk.Environment(region=region))
            api = apigatewayv2.HttpApi(stack, "Api")
            domains[region] = f"{api.api_id}.execute-api.{region}.{stack.url_suffix}"
        EdgeStack(app, settings=self.settings, api_domains=domains)
        assembly = app.synth()
        self.artifact = assembly.get_stack_by_name("twinhull-edge")
        self.templates: dict[str, Any] = {stack.stack_name: stack.template for stack in assembly.stacks}
        self.template: dict[str, Any] = self.templates["twinhull-edge"]
        self.messages = [message.entry.data for message in self.artifact.messages]

    @property
    def distribution(self) -> dict[str, Any]:
        (found,) = self.of_type("AWS::CloudFront::Distribution")
        return found["Properties"]["DistributionConfig"]  # type: ignore[no-any-return]

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [each for each in self.template["Resources"].values() if each["Type"] == kind]


@pytest.fixture(scope="module", params=[US, EU, AP], ids=["US", "EU", "AP"])
def edge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    return Synthesized(str(tmp_path_factory.mktemp("assembly")), request.param)


def should_live_in_us_east_1_whatever_regions_serve(edge: Synthesized) -> None:
    assert edge.artifact.environment.region == "us-east-1"


def should_refer_to_the_apis_of_both_regions_by_their_outputs(edge: Synthesized) -> None:
    domains = {
        origin["Id"]: origin["DomainName"]["Fn::Join"][1]
        for origin in edge.distribution["Origins"]
        if not origin["Id"].startswith("site-")
    }

    assert len(domains) == 4
    for region in edge.settings.regions.serving:
        for kind in ("read", "write"):
            reference, middle, _ = domains[f"{kind}-{region}"]
            assert reference["Fn::GetStackOutput"]["StackName"] == f"api-{region}"
            assert middle == f".execute-api.{region}."
            if region != "us-east-1":
                assert reference["Fn::GetStackOutput"]["Region"] == region


def should_need_no_custom_resource_for_references_between_regions(edge: Synthesized) -> None:
    kinds = {
        resource["Type"]
        for template in edge.templates.values()
        for resource in template["Resources"].values()
    }

    assert not [kind for kind in kinds if kind.startswith("Custom::")]
    assert not [template for template in edge.templates.values() if "Export" in str(template.get("Outputs"))]


def should_find_the_buckets_by_name_in_their_own_regions(edge: Synthesized) -> None:
    domains = {origin["Id"]: origin["DomainName"] for origin in edge.distribution["Origins"]}

    for region in edge.settings.regions.serving:
        assert domains[f"site-{region}"] == {
            "Fn::Join": [
                "",
                [
                    "twinhull-site-",
                    {"Ref": "AWS::AccountId"},
                    f"-{region}.s3.{region}.amazonaws.com",
                ],
            ]
        }


def should_name_the_origin_secret_by_its_name_so_that_its_own_regions_copy_is_read(edge: Synthesized) -> None:
    values = {
        header["HeaderValue"]
        for origin in edge.distribution["Origins"]
        for header in origin.get("OriginCustomHeaders", [])
    }

    assert values == {"{{resolve:secretsmanager:twinhull/origin:SecretString:a::}}"}


def should_lead_visitors_to_the_sites_pages(edge: Synthesized) -> None:
    (code,) = (
        each["Properties"]["FunctionCode"]
        for each in edge.of_type("AWS::CloudFront::Function")
        if "const SITE" in each["Properties"]["FunctionCode"]
    )

    for language in ("en", "zh-CN"):
        outcome = Edge().run(code, any_request(uri="/", headers={"accept-language": language}))
        assert outcome.headers["location"] == f"/{language}/"
        missing = Edge().run(code, any_request(uri=f"/{language}/nothing/"))
        assert missing.result["body"]["data"] == shells.not_found()[language]
        for address in shells.addresses():
            assert not Edge().run(code, any_request(uri=address)).answered


def should_say_where_it_is_and_how_to_steer_it(edge: Synthesized) -> None:
    expected = {"Url", "DistributionId", "KeyValueStoreArn", "OriginSecret", "ReadinessPath", "Regions"}
    assert set(edge.template["Outputs"]) == expected
    assert edge.template["Outputs"]["Url"]["Value"]["Fn::Join"][1][0] == "https://"


def should_be_synthesized_without_a_warning(edge: Synthesized) -> None:
    assert edge.messages == []
