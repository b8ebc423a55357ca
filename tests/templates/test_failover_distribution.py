"""The distribution, as CloudFormation is told to make it."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from tests.templates.edge_function import Edge, any_request
from twinhull import FailoverDistribution, Regions
from twinhull.failover_distribution import function_code as function_code_module
from twinhull.failover_distribution.distance import COORDINATES, nearer_to_secondary
from twinhull.failover_distribution.function_code import function_code
from twinhull.regions import REGION_SETS

US = Regions(primary="us-east-1", secondary="us-west-2", witness="us-east-2")
EU = Regions(primary="eu-west-1", secondary="eu-central-1", witness="eu-west-3")
AP = Regions(primary="ap-northeast-1", secondary="ap-northeast-2", witness="ap-northeast-3")

ALL_VIEWER_EXCEPT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def template_of(regions: Regions = US, **arguments: Any) -> Template:
    stack = cdk.Stack(cdk.App(), "Any", env=cdk.Environment(region="us-east-1"))
    given: dict[str, Any] = {
        "site_buckets": {
            region: s3.Bucket.from_bucket_attributes(
                stack, f"Bucket-{region}", bucket_name=f"any-site-{region}", region=region
            )
            for region in regions.serving
        },
        "api_domains": {region: f"api.{region}.example" for region in regions.serving},
        "origin_secret_name": "any/origin",
        **arguments,
    }
    FailoverDistribution(stack, "Distribution", regions=regions, **given)
    return Template.from_stack(stack)


def only(template: Template, kind: str) -> dict[str, Any]:
    resources = template.find_resources(f"AWS::CloudFront::{kind}")
    assert len(resources) == 1
    return next(iter(resources.values()))["Properties"]  # type: ignore[no-any-return]


def config_of(template: Template) -> dict[str, Any]:
    return only(template, "Distribution")["DistributionConfig"]  # type: ignore[no-any-return]


def named(template: Template, kind: str, part: str) -> dict[str, Any]:
    resources = template.find_resources(f"AWS::CloudFront::{kind}")
    found = [resource["Properties"] for name, resource in resources.items() if part in name]
    assert len(found) == 1
    return found[0]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def template() -> Template:
    return template_of(languages=["en", "zh-CN"])


@pytest.fixture(scope="module")
def config(template: Template) -> dict[str, Any]:
    return config_of(template)


@pytest.fixture(scope="module")
def origins(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    assert len({origin["Id"] for origin in config["Origins"]}) == len(config["Origins"])
    return {origin["Id"]: origin for origin in config["Origins"]}


@pytest.fixture(scope="module")
def api(config: dict[str, Any]) -> dict[str, Any]:
    (behavior,) = config["CacheBehaviors"]
    return behavior  # type: ignore[no-any-return]


# Origins


def should_register_every_origin_that_the_function_may_choose(origins: dict[str, dict[str, Any]]) -> None:
    """The CDK registers only those which a behaviour names."""
    assert set(origins) == {
        *("site-us-east-1", "site-us-west-2"),
        *("read-us-east-1", "read-us-west-2"),
        *("write-us-east-1", "write-us-west-2"),
    }


@pytest.mark.parametrize("region", US.serving)
@pytest.mark.parametrize(("kind", "seconds"), [("read", 3), ("write", 12)])
def should_give_up_on_a_region_in_time(
    origins: dict[str, dict[str, Any]], region: str, kind: str, seconds: int
) -> None:
    assert origins[f"{kind}-{region}"] == {
        "Id": f"{kind}-{region}",
        "DomainName": f"api.{region}.example",
        "ConnectionAttempts": 1,
        "ConnectionTimeout": 3,
        "CustomOriginConfig": {
            "OriginProtocolPolicy": "https-only",
            "OriginReadTimeout": seconds,
            "OriginSSLProtocols": ["TLSv1.2"],
        },
        "OriginCustomHeaders": [
            {
                "HeaderName": "x-origin-verify",
                "HeaderValue": "{{resolve:secretsmanager:any/origin:SecretString:a::}}",
            }
        ],
    }


def should_send_the_key_of_the_origin_secret_that_the_setting_picks() -> None:
    origins = config_of(template_of(origin_key="b"))["Origins"]

    values = {header["HeaderValue"] for origin in origins for header in origin.get("OriginCustomHeaders", [])}
    assert values == {"{{resolve:secretsmanager:any/origin:SecretString:b::}}"}


@pytest.mark.parametrize("region", US.serving)
def should_read_the_site_from_private_buckets(
    template: Template, origins: dict[str, dict[str, Any]], region: str
) -> None:
    (access,) = template.find_resources("AWS::CloudFront::OriginAccessControl")
    assert origins[f"site-{region}"] == {
        "Id": f"site-{region}",
        "DomainName": f"any-site-{region}.s3.{region}.amazonaws.com",
        "ConnectionAttempts": 1,
        "ConnectionTimeout": 3,
        "OriginAccessControlId": {"Fn::GetAtt": [access, "Id"]},
        # CloudFront's default of 30 s would let each page wait so long for a region that is silent.
        "S3OriginConfig": {"OriginAccessIdentity": "", "OriginReadTimeout": 3},
    }


def should_fail_over_between_the_buckets(config: dict[str, Any]) -> None:
    (group,) = config["OriginGroups"]["Items"]

    assert config["DefaultCacheBehavior"]["TargetOriginId"] == group["Id"]
    assert [member["OriginId"] for member in group["Members"]["Items"]] == [
        "site-us-east-1",
        "site-us-west-2",
    ]
    assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [500, 502, 503, 504]


# Behaviours


def should_have_no_origin_group_where_writes_are_allowed(config: dict[str, Any]) -> None:
    """It would synthesize, and CloudFront would refuse it at deploy."""
    groups = {group["Id"] for group in config["OriginGroups"]["Items"]}
    behaviors = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]
    writable = [each for each in behaviors if WRITES & set(each.get("AllowedMethods", []))]

    assert [each["PathPattern"] for each in writable] == ["/api/*"]
    assert not [each for each in writable if each["TargetOriginId"] in groups]


def should_take_every_method_at_the_api(api: dict[str, Any]) -> None:
    assert set(api["AllowedMethods"]) == {"GET", "HEAD", "OPTIONS", *WRITES}


def should_send_everybody_to_https(config: dict[str, Any]) -> None:
    behaviors = [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]

    assert {each["ViewerProtocolPolicy"] for each in behaviors} == {"redirect-to-https"}


def should_speak_the_current_protocols(config: dict[str, Any]) -> None:
    assert config["HttpVersion"] == "http2and3"
    assert config["IPV6Enabled"] is True


def should_refuse_old_tls_at_a_domain_of_ones_own() -> None:
    scope = cdk.Stack(cdk.App(), "Certificates", env=cdk.Environment(region="us-east-1"))
    arn = "arn:aws:acm:us-east-1:111122223333:certificate/any"
    certificate = acm.Certificate.from_certificate_arn(scope, "Certificate", arn)

    config = config_of(template_of(certificate=certificate, domain_names=["any.example"]))

    assert config["Aliases"] == ["any.example"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


def should_put_the_users_wishes_last() -> None:
    config = config_of(template_of(http_version=cloudfront.HttpVersion.HTTP2, comment="any"))

    assert (config["HttpVersion"], config["Comment"]) == ("http2", "any")


# Caching and headers


def should_keep_simultaneous_requests_of_two_people_apart(template: Template, api: dict[str, Any]) -> None:
    (name,) = template.find_resources("AWS::CloudFront::CachePolicy")
    policy = only(template, "CachePolicy")["CachePolicyConfig"]

    assert api["CachePolicyId"] == {"Ref": name}
    assert (policy["MinTTL"], policy["DefaultTTL"], policy["MaxTTL"]) == (0, 0, 1)
    assert policy["ParametersInCacheKeyAndForwardedToOrigin"] == {
        "CookiesConfig": {"CookieBehavior": "whitelist", "Cookies": ["__Host-session"]},
        "EnableAcceptEncodingBrotli": False,
        "EnableAcceptEncodingGzip": False,
        "HeadersConfig": {
            "HeaderBehavior": "whitelist",
            "Headers": ["Authorization", "Accept", "Accept-Language", "HX-Request"],
        },
        "QueryStringsConfig": {"QueryStringBehavior": "all"},
    }


def should_pass_on_everything_but_the_host(api: dict[str, Any]) -> None:
    """API Gateway answers 403 to a foreign `Host`, and a policy of one's own may not list `Authorization`."""
    assert api["OriginRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST


def should_keep_no_error(config: dict[str, Any]) -> None:
    """Without a TTL here CloudFront keeps even a `no-store` 404 or 503 for ten seconds."""
    kept = {each["ErrorCode"]: each["ErrorCachingMinTTL"] for each in config["CustomErrorResponses"]}

    assert kept == dict.fromkeys((400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504), 0)


def should_leave_the_answers_of_the_api_as_they_are(config: dict[str, Any]) -> None:
    """Error pages are for the whole distribution: a page for 404 would replace the API's own answers."""
    assert {key for each in config["CustomErrorResponses"] for key in each} == {
        "ErrorCode",
        "ErrorCachingMinTTL",
    }


@pytest.mark.parametrize(
    ("part", "sources"),
    [
        (
            "Site",
            "script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
            "connect-src 'self'; manifest-src 'self'",
        ),
        # Its own pages are for browsers without scripts.
        ("Api", "style-src 'self'; img-src 'self' data:"),
    ],
)
def should_harden_every_answer(template: Template, part: str, sources: str) -> None:
    policy = named(template, "ResponseHeadersPolicy", part)["ResponseHeadersPolicyConfig"]

    assert policy["SecurityHeadersConfig"] == {
        "ContentSecurityPolicy": {
            "ContentSecurityPolicy": f"default-src 'none'; {sources}; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
            "Override": True,
        },
        "ContentTypeOptions": {"Override": True},
        "FrameOptions": {"FrameOption": "DENY", "Override": True},
        "ReferrerPolicy": {"ReferrerPolicy": "same-origin", "Override": True},
        "StrictTransportSecurity": {
            "AccessControlMaxAgeSec": 63_072_000,
            "IncludeSubdomains": False,
            "Override": True,
        },
    }


def should_give_each_behavior_its_headers(template: Template, config: dict[str, Any]) -> None:
    policies = template.find_resources("AWS::CloudFront::ResponseHeadersPolicy")
    site, api = (next(name for name in policies if part in name) for part in ("SiteHeaders", "ApiHeaders"))

    assert config["DefaultCacheBehavior"]["ResponseHeadersPolicyId"] == {"Ref": site}
    assert config["CacheBehaviors"][0]["ResponseHeadersPolicyId"] == {"Ref": api}


def should_tell_browsers_to_store_nothing_of_the_api(template: Template) -> None:
    api, site = (
        named(template, "ResponseHeadersPolicy", part)["ResponseHeadersPolicyConfig"]
        for part in ("Api", "Site")
    )

    assert api["CustomHeadersConfig"]["Items"] == [
        {"Header": "Cache-Control", "Value": "private, no-store", "Override": True}
    ]
    assert "CustomHeadersConfig" not in site


# Functions


@pytest.mark.parametrize("part", ["Origin", "Site"])
def should_run_its_functions_before_everything_else(
    template: Template, config: dict[str, Any], part: str
) -> None:
    functions = template.find_resources("AWS::CloudFront::Function")
    name = next(each for each in functions if f"{part}Router" in each)
    behavior = config["CacheBehaviors"][0] if part == "Origin" else config["DefaultCacheBehavior"]

    assert functions[name]["Properties"]["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
    assert functions[name]["Properties"]["AutoPublish"] is True
    assert behavior["FunctionAssociations"] == [
        {"EventType": "viewer-request", "FunctionARN": {"Fn::GetAtt": [name, "FunctionARN"]}}
    ]


def should_make_the_store_empty_and_give_it_to_the_origin_router(template: Template) -> None:
    """A seed would undo an operator's drain at the next deploy."""
    (store,) = template.find_resources("AWS::CloudFront::KeyValueStore")

    assert "ImportSource" not in only(template, "KeyValueStore")
    assert named(template, "Function", "OriginRouter")["FunctionConfig"]["KeyValueStoreAssociations"] == [
        {"KeyValueStoreARN": {"Fn::GetAtt": [store, "Arn"]}}
    ]


@pytest.mark.parametrize("regions", [US, EU, AP])
def should_deploy_a_router_that_knows_its_regions(regions: Regions) -> None:
    code = named(template_of(regions), "Function", "OriginRouter")["FunctionCode"]

    for region in regions.serving:
        outcome = Edge(region=region).run(code, any_request(method="POST"))
        assert outcome.calls == [["origin", f"write-{region}"]]


def should_deploy_a_router_that_knows_its_languages(template: Template) -> None:
    code = named(template, "Function", "SiteRouter")["FunctionCode"]

    outcome = Edge().run(code, any_request(uri="/", headers={"accept-language": "zh"}))

    assert outcome.headers["location"] == "/zh-CN/"


def should_only_choose_origins_that_are_registered(
    template: Template, origins: dict[str, dict[str, Any]]
) -> None:
    code = named(template, "Function", "OriginRouter")["FunctionCode"]
    chosen = set()
    for region in US.serving:
        read, write = (Edge(region=region).run(code, any_request(method=method)) for method in ("GET", "PUT"))
        chosen |= {member["originId"] for member in read.calls[0][1]["originIds"]}
        chosen |= {write.calls[0][1]}

    assert chosen == {origin for origin in origins if not origin.startswith("site-")}


def should_refuse_a_file_without_the_marked_constant() -> None:
    with pytest.raises(ValueError, match=r"site_router\.js has 0 lines `const ROUTES"):
        function_code("site_router.js", ROUTES={})


def should_refuse_a_function_that_cloudfront_would_not_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_code_module, "LARGEST_FUNCTION", 100)

    with pytest.raises(ValueError, match="CloudFront takes 100"):
        function_code("site_router.js")


# Distances


@pytest.mark.parametrize(
    ("edge", "nearest"),
    [
        ("us-east-2", "us-east-1"),
        ("us-west-1", "us-west-2"),
        ("ca-central-1", "us-east-1"),
        ("ca-west-1", "us-west-2"),
        ("sa-east-1", "us-east-1"),
        ("eu-central-1", "us-east-1"),
        ("af-south-1", "us-east-1"),
        ("ap-northeast-1", "us-west-2"),
        ("ap-southeast-2", "us-west-2"),
        ("ap-south-1", "us-west-2"),
    ],
)
def should_know_which_region_is_nearer(edge: str, nearest: str) -> None:
    assert (edge in nearer_to_secondary("us-east-1", "us-west-2")) == (nearest == "us-west-2")


@pytest.mark.parametrize("regions", [US, EU, AP])
def should_let_each_edge_region_be_nearer_to_one_side(regions: Regions) -> None:
    one_way = set(nearer_to_secondary(regions.primary, regions.secondary))
    other_way = set(nearer_to_secondary(regions.secondary, regions.primary))

    assert regions.secondary in one_way
    assert regions.primary in other_way
    assert not one_way & other_way


def should_leave_a_tie_with_the_primary() -> None:
    assert nearer_to_secondary("us-east-1", "us-east-1") == []


def should_have_coordinates_of_every_region_that_may_serve() -> None:
    assert set().union(*REGION_SETS.values()) <= set(COORDINATES)


# Arguments


@pytest.mark.parametrize("argument", ["site_buckets", "api_domains"])
def should_ask_for_one_of_each_in_both_regions(argument: str) -> None:
    with pytest.raises(
        ValueError, match=rf"{argument} names \[\]; it must name \['us-east-1', 'us-west-2'\]"
    ):
        template_of(US, **{argument: {}})


def should_name_the_keys_that_an_origin_secret_can_have() -> None:
    with pytest.raises(ValueError, match=r"origin_key is 'c'; the origin secret has the keys 'a' and 'b'"):
        template_of(origin_key="c")


def should_ask_for_an_answer_in_each_language_when_it_knows_the_pages() -> None:
    with pytest.raises(ValueError, match=r"not_found is in \['en'\]; it must be in \['en', 'zh-CN'\]"):
        template_of(languages=["en", "zh-CN"], pages=["/en/"], not_found={"en": "<h1>No</h1>"})
