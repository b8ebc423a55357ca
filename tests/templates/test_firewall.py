"""The firewall: what it blocks, what it only counts, and where it stands."""

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from tools.assembly import Assembly
from twinhull import Firewall


@pytest.fixture
def rules(assembly: Assembly) -> dict[str, dict[str, Any]]:
    (acl,) = assembly.resources("AWS::WAFv2::WebACL")
    return {rule["Name"]: rule for rule in acl.properties["Rules"]}


def firewall(stack: cdk.Stack, **arguments: Any) -> Firewall:
    return Firewall(stack, "Firewall", guarded_paths=["/log-in", "/register"], **arguments)


def any_stack(region: str = "us-east-1") -> cdk.Stack:
    return cdk.Stack(cdk.App(), "any", env=cdk.Environment(region=region))


def should_stand_before_the_distribution(assembly: Assembly) -> None:
    (acl,) = assembly.resources("AWS::WAFv2::WebACL")
    (distribution,) = assembly.resources("AWS::CloudFront::Distribution")
    assert acl.region == "us-east-1"
    assert acl.properties["Scope"] == "CLOUDFRONT"
    assert distribution.properties["DistributionConfig"]["WebACLId"] == {"Fn::GetAtt": [acl.id, "Arn"]}


def should_be_left_out_when_the_setting_says_so(synthesize: Callable[..., Assembly]) -> None:
    bare = synthesize(firewall=False)
    assert list(bare.resources("AWS::WAFv2::WebACL")) == []
    (distribution,) = bare.resources("AWS::CloudFront::Distribution")
    assert "WebACLId" not in distribution.properties["DistributionConfig"]


def should_use_the_rules_that_aws_manages(rules: dict[str, dict[str, Any]]) -> None:
    assert {name for name in rules if name.startswith("AWS")} == {
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
    }
    assert all(rule["OverrideAction"] == {"None": {}} for name, rule in rules.items() if "AWS" in name)


def should_only_count_what_a_password_or_a_name_may_contain(rules: dict[str, dict[str, Any]]) -> None:
    group = rules["AWSManagedRulesCommonRuleSet"]["Statement"]["ManagedRuleGroupStatement"]
    counted = {one["Name"] for one in group["RuleActionOverrides"] if one["ActionToUse"] == {"Count": {}}}
    assert {"CrossSiteScripting_BODY", "SizeRestrictions_BODY", "SizeRestrictions_QUERYSTRING"} <= counted
    assert all(name.endswith(("_BODY", "_QUERYSTRING")) for name in counted)


def should_limit_each_address(rules: dict[str, dict[str, Any]]) -> None:
    limit = rules["RatePerAddress"]["Statement"]["RateBasedStatement"]
    assert limit == {"Limit": 2000, "AggregateKeyType": "IP", "EvaluationWindowSec": 300}


def should_limit_who_guesses_more_strictly(rules: dict[str, dict[str, Any]]) -> None:
    limit = rules["GuardedPaths"]["Statement"]["RateBasedStatement"]
    assert limit["Limit"] == 100
    method, paths = limit["ScopeDownStatement"]["AndStatement"]["Statements"]
    assert method["ByteMatchStatement"]["SearchString"] == "POST"
    guarded = {one["ByteMatchStatement"]["SearchString"] for one in paths["OrStatement"]["Statements"]}
    assert guarded == {"/api/v1/sessions", "/api/v1/users", "/api/v1/password-links"}


def should_never_answer_429(rules: dict[str, dict[str, Any]]) -> None:
    """A region that is throttled answers 429, and clients go to the other one."""
    assert "429" not in json.dumps(rules)
    for name in ("RatePerAddress", "GuardedPaths"):
        assert rules[name]["Action"] == {"Block": {}}


def should_count_what_every_rule_does_and_keep_no_request(rules: dict[str, dict[str, Any]]) -> None:
    for rule in rules.values():
        assert rule["VisibilityConfig"]["CloudWatchMetricsEnabled"] is True
        assert rule["VisibilityConfig"]["SampledRequestsEnabled"] is False
    assert len({rule["Priority"] for rule in rules.values()}) == len(rules)
    assert len({rule["VisibilityConfig"]["MetricName"] for rule in rules.values()}) == len(rules)


def should_take_other_limits_and_a_single_path() -> None:
    stack = any_stack()
    Firewall(stack, "Firewall", guarded_paths=["/log-in"], rate_limit=10, guarded_rate_limit=10)
    (acl,) = Template.from_stack(stack).find_resources("AWS::WAFv2::WebACL").values()
    everywhere, guarded, *_ = acl["Properties"]["Rules"]
    assert everywhere["Statement"]["RateBasedStatement"]["Limit"] == 10
    scope = guarded["Statement"]["RateBasedStatement"]["ScopeDownStatement"]["AndStatement"]
    assert scope["Statements"][1]["ByteMatchStatement"]["SearchString"] == "/log-in"


def should_guard_nothing_unless_it_is_told_what() -> None:
    stack = any_stack()
    Firewall(stack, "Firewall")
    (acl,) = Template.from_stack(stack).find_resources("AWS::WAFv2::WebACL").values()
    assert "GuardedPaths" not in [rule["Name"] for rule in acl["Properties"]["Rules"]]


@pytest.mark.parametrize("name", ["rate_limit", "guarded_rate_limit"])
def should_refuse_a_limit_that_aws_refuses(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 9; the lowest that AWS WAF takes is 10"):
        firewall(any_stack(), **{name: 9})


def should_refuse_another_region() -> None:
    with pytest.raises(ValueError, match="made in us-east-1"):
        firewall(any_stack("eu-west-1"))


@pytest.fixture(scope="module")
def own_name(synthesize: Callable[..., Assembly]) -> Assembly:
    return synthesize(domain_name="app.example.com", hosted_zone_id="Z0123456789ABCDEFGHIJ")


def should_serve_under_a_name_of_ones_own(own_name: Assembly) -> None:
    (distribution,) = own_name.resources("AWS::CloudFront::Distribution")
    (certificate,) = own_name.resources("AWS::CertificateManager::Certificate")
    config = distribution.properties["DistributionConfig"]
    assert config["Aliases"] == ["app.example.com"]
    assert config["ViewerCertificate"] == {
        "AcmCertificateArn": {"Ref": certificate.id},
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }
    assert certificate.region == "us-east-1"
    assert certificate.properties["DomainValidationOptions"] == [
        {"DomainName": "app.example.com", "HostedZoneId": "Z0123456789ABCDEFGHIJ"}
    ]
    assert own_name.templates["twinhull-edge"]["Outputs"]["Url"]["Value"] == "https://app.example.com"


def should_lead_the_name_to_the_distribution(own_name: Assembly) -> None:
    records = {
        record.properties["Type"]: record.properties
        for record in own_name.resources("AWS::Route53::RecordSet")
    }
    assert records.keys() == {"A", "AAAA"}
    for record in records.values():
        assert record["Name"] == "app.example.com."
        assert record["HostedZoneId"] == "Z0123456789ABCDEFGHIJ"
        assert "DomainName" in json.dumps(record["AliasTarget"]["DNSName"])


def should_need_no_name_and_no_certificate(assembly: Assembly) -> None:
    types = ("AWS::Route53::RecordSet", "AWS::CertificateManager::Certificate")
    assert list(assembly.resources(*types)) == []
