"""A firewall in front of a distribution."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from aws_cdk import Stack
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

#: Firewalls of CloudFront are managed from here.
REGION: Final = "us-east-1"

#: Seconds over which requests of one address are counted.
WINDOW: Final = 300

#: AWS's groups of rules, and of each the rules that count only.
#: https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
MANAGED: Final[Mapping[str, Sequence[str]]] = {
    "AWSManagedRulesAmazonIpReputationList": (),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
    # Bodies hold passwords and people's names: `<`, `../` and `http://` are nothing bad there, and the limit
    # of 8 KB is below what the API takes. A search may be long when it is not in Latin letters.
    "AWSManagedRulesCommonRuleSet": (
        "CrossSiteScripting_BODY",
        "EC2MetaDataSSRF_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "SizeRestrictions_BODY",
        "SizeRestrictions_QUERYSTRING",
    ),
}


class Firewall(Construct):
    """Blocks known attacks, addresses that ask too much, and sooner those that guess.

    Who is blocked is answered with 403, never with 429, which clients would take for a sick region.

    Give its ARN, `firewall.web_acl.attr_arn`, to a `FailoverDistribution` as `web_acl_id`.

    >>> firewall = Firewall(self, "Firewall")

    :ivar web_acl: the `aws_wafv2.CfnWebACL`.
    :ivar metric_name: by which its metrics are found.
    """

    web_acl: wafv2.CfnWebACL
    metric_name: str

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        rate_limit: int = 2000,
        guarded_paths: Sequence[str] = (),
        guarded_rate_limit: int = 100,
    ) -> None:
        """Make the firewall; a distribution is put behind it by its ARN.

        :param rate_limit: requests of one address in five minutes, at least 10; a page loads about 15.
        :param guarded_paths: paths to which an address may send only `guarded_rate_limit` POST requests.
        :param guarded_rate_limit: together in five minutes, at least 10.
        :raises ValueError: the stack is not in us-east-1, or a limit is below 10.
        """
        super().__init__(scope, id)
        here = Stack.of(self).region
        if here != REGION:
            raise ValueError(
                f"Firewall is in a stack of {here}; firewalls of CloudFront are made in {REGION}."
            )
        for name, limit in (("rate_limit", rate_limit), ("guarded_rate_limit", guarded_rate_limit)):
            if limit < 10:
                raise ValueError(f"{name} is {limit}; the lowest that AWS WAF takes is 10.")
        rules = [_limited("RatePerAddress", rate_limit)]
        if guarded_paths:
            rules.append(_limited("GuardedPaths", guarded_rate_limit, _posts_to(guarded_paths)))
        rules += [_managed(name, counted) for name, counted in MANAGED.items()]
        self.metric_name = "Firewall"
        self.web_acl = wafv2.CfnWebACL(
            self,
            "Resource",
            scope="CLOUDFRONT",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_visible(self.metric_name),
            rules=[{**rule, "priority": place} for place, rule in enumerate(rules)],
        )


def _limited(name: str, limit: int, scope: Mapping[str, Any] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "limit": limit,
        "aggregateKeyType": "IP",
        "evaluationWindowSec": WINDOW,
    }
    if scope:
        statement["scopeDownStatement"] = scope
    return {
        "name": name,
        "statement": {"rateBasedStatement": statement},
        "action": {"block": {}},
        "visibilityConfig": _visible(name),
    }


def _managed(name: str, counted: Sequence[str]) -> dict[str, Any]:
    group: dict[str, Any] = {"vendorName": "AWS", "name": name}
    if counted:
        group["ruleActionOverrides"] = [{"name": each, "actionToUse": {"count": {}}} for each in counted]
    return {
        "name": name,
        "statement": {"managedRuleGroupStatement": group},
        "overrideAction": {"none": {}},
        "visibilityConfig": _visible(name),
    }


def _posts_to(paths: Sequence[str]) -> dict[str, Any]:
    is_one = [_equals({"uriPath": {}}, path) for path in paths]
    anywhere = {"orStatement": {"statements": is_one}} if len(is_one) > 1 else is_one[0]
    return {"andStatement": {"statements": [_equals({"method": {}}, "POST"), anywhere]}}


def _equals(part: Mapping[str, Any], text: str) -> dict[str, Any]:
    return {
        "byteMatchStatement": {
            "fieldToMatch": part,
            "positionalConstraint": "EXACTLY",
            "searchString": text,
            "textTransformations": [{"priority": 0, "type": "NONE"}],
        }
    }


def _visible(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    # Samples would show addresses of requests, and links of e-mails are among them.
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
