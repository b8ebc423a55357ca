"""The `FailoverDistribution` construct."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict, Unpack

from aws_cdk import Annotations, CfnResource, Duration, SecretValue
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3
from constructs import Construct

from twinhull.failover_distribution.distance import nearer_to_secondary
from twinhull.failover_distribution.function_code import function_code
from twinhull.regions import Regions

API_PATHS: Final = "/api/*"
SESSION_COOKIE: Final = "__Host-session"
ORIGIN_HEADER: Final = "x-origin-verify"

CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src {connections}",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)

#: Of the API's own pages, which are for browsers without scripts and need none.
API_CONTENT_SECURITY_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)

CONNECTION_TIMEOUT: Final = Duration.seconds(3)
READ_TIMEOUT_SECONDS: Final = {"read": 3, "write": 12}

# All whose caching can be set; CloudFront keeps them for ten seconds otherwise, even with `no-store`:
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
CACHEABLE_ERRORS: Final = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)


class DistributionOverrides(TypedDict, total=False):
    """What a `FailoverDistribution` passes through to `aws_cloudfront.Distribution`; see there."""

    certificate: acm.ICertificate
    comment: str
    domain_names: Sequence[str]
    enable_ipv6: bool
    enable_logging: bool
    geo_restriction: cloudfront.GeoRestriction
    http_version: cloudfront.HttpVersion
    log_bucket: s3.IBucket
    log_file_prefix: str
    log_includes_cookies: bool
    minimum_protocol_version: cloudfront.SecurityPolicyProtocol
    price_class: cloudfront.PriceClass
    publish_additional_metrics: bool
    web_acl_id: str


class FailoverDistribution(Construct):
    """One address for a site in two buckets and an API in two regions, either of which may be lost.

    A read (GET, HEAD, OPTIONS) goes to the nearest region and, when that fails, to the other within the same
    request. A write goes to one region and is never repeated by CloudFront; its client repeats it. The value
    `drained` of the key-value store, if it names a region, keeps requests away from that region.

    >>> FailoverDistribution(
    ...     self,
    ...     "Pages",
    ...     regions=regions,
    ...     site_buckets=site_buckets,
    ...     api_domains=api_domains,
    ...     origin_secret_name="shop/origin",
    ... )

    :ivar distribution: the `aws_cloudfront.Distribution`.
    :ivar key_value_store: the `aws_cloudfront.KeyValueStore`, created empty.
    """

    distribution: cloudfront.Distribution
    key_value_store: cloudfront.KeyValueStore

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        regions: Regions,
        site_buckets: Mapping[str, s3.IBucket],
        api_domains: Mapping[str, str],
        origin_secret_name: str,
        origin_key: str = "a",
        languages: Sequence[str] = (),
        pages: Sequence[str] = (),
        not_found: Mapping[str, str] | None = None,
        connections: Sequence[str] = (),
        **overrides: Unpack[DistributionOverrides],
    ) -> None:
        """Make the distribution, its two functions, its policies and the key-value store.

        :param regions: the two that serve, and which of them is the primary.
        :param site_buckets: for each serving region the bucket that holds the site there.
        :param api_domains: for each serving region the host name of its API.
        :param origin_secret_name: secret in this stack's region, JSON; the APIs answer to who knows it.
        :param origin_key: the field of the secret that is sent, `a` or `b`.
        :param languages: folders of the site, one per language; `/` leads to the best for the visitor.
            Without any, `/` is the page `index.html`.
        :param pages: addresses of the site's pages, each ending in a slash. An address that is none of them,
            and names no file, is answered with status 404. Without any, the bucket is asked for each.
        :param not_found: for each language the HTML of that answer; needed with `pages`.
        :param connections: other addresses that the site's scripts may send to, like buckets for files.
        :param overrides: passed to `aws_cloudfront.Distribution` after the defaults.
        :raises ValueError: a serving region has no bucket or API, `origin_key` is neither `a` nor `b`, or a
            language has no answer for addresses without a page.
        """
        super().__init__(scope, id)
        _require_both(regions, site_buckets=site_buckets, api_domains=api_domains)
        if origin_key not in ("a", "b"):
            raise ValueError(f"origin_key is {origin_key!r}; the origin secret has the keys 'a' and 'b'.")
        not_found = dict(not_found or {})
        self._connections = " ".join(["'self'", *connections])
        if pages and set(not_found) != set(languages):
            raise ValueError(f"not_found is in {sorted(not_found)}; it must be in {sorted(languages)}.")

        self.key_value_store = cloudfront.KeyValueStore(self, "KeyValueStore")
        api_origins = [
            _api_origin(
                origin_id=f"{kind}-{region}",
                domain_name=api_domains[region],
                read_timeout=READ_TIMEOUT_SECONDS[kind],
                secret=SecretValue.secrets_manager(origin_secret_name, json_field=origin_key),
            )
            for region in regions.serving
            for kind in READ_TIMEOUT_SECONDS
        ]
        properties: DistributionOverrides = {
            "enable_ipv6": True,
            "http_version": cloudfront.HttpVersion.HTTP2_AND_3,
            **overrides,
        }
        self.distribution = cloudfront.Distribution(
            self,
            "Resource",
            default_behavior=self._site_behavior(
                regions,
                site_buckets,
                {"languages": languages, "pages": pages, "notFound": not_found},
            ),
            additional_behaviors={API_PATHS: self._api_behavior(regions, api_domains)},
            error_responses=[
                cloudfront.ErrorResponse(http_status=status, ttl=Duration.seconds(0))
                for status in CACHEABLE_ERRORS
            ],
            **properties,
        )
        _register(self.distribution, api_origins, after=len(regions.serving))

    def _site_behavior(
        self, regions: Regions, buckets: Mapping[str, s3.IBucket], site: Mapping[str, Any]
    ) -> cloudfront.BehaviorOptions:
        access = cloudfront.S3OriginAccessControl(self, "OriginAccessControl")
        primary, secondary = (
            origins.S3BucketOrigin.with_origin_access_control(
                buckets[region],
                origin_id=f"site-{region}",
                origin_access_control=access,
                connection_attempts=1,
                connection_timeout=CONNECTION_TIMEOUT,
            )
            for region in regions.serving
        )
        # `StaticSite` lets every distribution of the account read.
        Annotations.of(self).acknowledge_warning(
            "@aws-cdk/aws-cloudfront-origins:updateImportedBucketPolicyOac"
        )
        return cloudfront.BehaviorOptions(
            origin=origins.OriginGroup(
                primary_origin=primary,
                fallback_origin=secondary,
                fallback_status_codes=[500, 502, 503, 504],
            ),
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
            response_headers_policy=self._headers_policy(
                "SiteHeaders", CONTENT_SECURITY_POLICY.format(connections=self._connections)
            ),
            function_associations=[self._on_request("SiteRouter", "site_router.js", SITE=site)],
        )

    def _api_behavior(self, regions: Regions, domains: Mapping[str, str]) -> cloudfront.BehaviorOptions:
        routes = {
            "regions": regions.serving,
            "nearSecondary": nearer_to_secondary(regions.primary, regions.secondary),
        }
        return cloudfront.BehaviorOptions(
            # The function chooses among the origins at each request. An origin group here would synthesize,
            # but CloudFront refuses one where writes are allowed.
            origin=origins.HttpOrigin(domains[regions.primary], origin_id=f"read-{regions.primary}"),
            allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            compress=False,
            cache_policy=self._api_cache_policy(),
            origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
            response_headers_policy=self._headers_policy(
                "ApiHeaders", API_CONTENT_SECURITY_POLICY, cache_control="private, no-store"
            ),
            function_associations=[
                self._on_request("OriginRouter", "origin_router.js", self.key_value_store, ROUTES=routes)
            ],
        )

    def _api_cache_policy(self) -> cloudfront.CachePolicy:
        return cloudfront.CachePolicy(
            self,
            "ApiCaching",
            comment="Caches nothing; its key keeps simultaneous requests of two people apart",
            min_ttl=Duration.seconds(0),
            default_ttl=Duration.seconds(0),
            max_ttl=Duration.seconds(1),  # with zero CloudFront would allow no key
            header_behavior=cloudfront.CacheHeaderBehavior.allow_list(
                "Authorization", "Accept", "Accept-Language", "HX-Request"
            ),
            cookie_behavior=cloudfront.CacheCookieBehavior.allow_list(SESSION_COOKIE),
            query_string_behavior=cloudfront.CacheQueryStringBehavior.all(),
        )

    def _headers_policy(
        self, id: str, content_security_policy: str, *, cache_control: str | None = None
    ) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            self,
            id,
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=content_security_policy, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                # `no-referrer` would make browsers send `Origin: null` with the site's own forms.
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.SAME_ORIGIN, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=Duration.days(730), include_subdomains=False, override=True
                ),
            ),
            custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
                custom_headers=[
                    cloudfront.ResponseCustomHeader(
                        header="Cache-Control", value=cache_control, override=True
                    )
                ]
            )
            if cache_control
            else None,
        )

    def _on_request(
        self, id: str, file: str, store: cloudfront.IKeyValueStore | None = None, **constants: object
    ) -> cloudfront.FunctionAssociation:
        return cloudfront.FunctionAssociation(
            event_type=cloudfront.FunctionEventType.VIEWER_REQUEST,
            function=cloudfront.Function(
                self,
                id,
                code=cloudfront.FunctionCode.from_inline(function_code(file, **constants)),
                comment=f"{file} of {self.node.path}",
                runtime=cloudfront.FunctionRuntime.JS_2_0,
                key_value_store=store,
            ),
        )


def _require_both(regions: Regions, **arguments: Mapping[str, Any]) -> None:
    for name, by_region in arguments.items():
        if set(by_region) != set(regions.serving):
            raise ValueError(f"{name} names {sorted(by_region)}; it must name {sorted(regions.serving)}.")


def _api_origin(
    *, origin_id: str, domain_name: str, read_timeout: int, secret: SecretValue
) -> dict[str, Any]:
    return {
        "Id": origin_id,
        "DomainName": domain_name,
        "ConnectionAttempts": 1,
        "ConnectionTimeout": CONNECTION_TIMEOUT.to_seconds(),
        "CustomOriginConfig": {
            "OriginProtocolPolicy": "https-only",
            "OriginSSLProtocols": ["TLSv1.2"],
            "OriginReadTimeout": read_timeout,
        },
        "OriginCustomHeaders": [{"HeaderName": ORIGIN_HEADER, "HeaderValue": secret.unsafe_unwrap()}],
    }


def _register(
    distribution: cloudfront.Distribution, api_origins: Sequence[Mapping[str, Any]], *, after: int
) -> None:
    """Add origins that only a function names: the L2 registers those which a behaviour names.

    The buckets before them wait no longer than they for an answer, which the L2 cannot say either.
    """
    resource = distribution.node.default_child
    assert isinstance(resource, CfnResource)  # noqa: S101
    for position in range(after):
        resource.add_property_override(
            f"DistributionConfig.Origins.{position}.S3OriginConfig.OriginReadTimeout",
            READ_TIMEOUT_SECONDS["read"],
        )
    for position, origin in enumerate(api_origins, start=after):
        resource.add_property_override(f"DistributionConfig.Origins.{position}", origin)
