"""A shop in two regions; `python examples/shop.py` writes its templates into cdk.out."""

from aws_cdk import App, Aws, Environment, Stack
from aws_cdk import aws_s3 as s3

from twinhull import (
    FailoverDistribution,
    GlobalTable,
    LiveFunction,
    PythonPackage,
    RegionalApi,
    Regions,
    ReplicatedSecret,
    StaticSite,
)

regions = Regions(primary="us-east-1", secondary="us-west-2", witness="us-east-2")
package = PythonPackage(name="shop", files={"shop.py": b"def handler(event, context): return {'orders': []}"})
openapi = {
    "servers": [{"url": "/api"}],
    "paths": {"/orders": {"get": {"operationId": "list_orders", "x-function": "shop"}}},
}

# Weak references: one region's stack can be deployed, or be lost, without the other's.
app = App(
    context={"@aws-cdk/core:defaultCrossStackReferences": "weak"},
    outdir="cdk.out" if __name__ == "__main__" else None,
)
home, away = (Stack(app, f"shop-{region}", env=Environment(region=region)) for region in regions.serving)

table = GlobalTable(home, "Orders", table_name="shop-orders", regions=regions)
keys, origin = (
    ReplicatedSecret(
        home, id, secret_name=f"shop/{id.lower()}", regions=regions.serving, template={}, generated_key="a"
    )
    for id in ("Keys", "Origin")
)

api_domains: dict[str, str] = {}
for stack in (away, home):
    function = LiveFunction(stack, "Shop", package=package, handler="shop.handler")
    table.grant(function, "dynamodb:GetItem", "dynamodb:PutItem")
    origin.grant_read(function)
    api = RegionalApi(stack, "Api", openapi=openapi, functions={"shop": function}, default=function)
    api_domains[stack.region] = api.domain_name
    StaticSite(stack, "Site", bucket_name=f"shop-site-{Aws.ACCOUNT_ID}-{stack.region}")

edge = Stack(app, "shop-edge", env=Environment(region="us-east-1"))
# By name: a reference to the buckets' stacks would make them and this one need each other.
site_buckets = {
    region: s3.Bucket.from_bucket_attributes(
        edge, f"Site-{region}", bucket_name=f"shop-site-{Aws.ACCOUNT_ID}-{region}", region=region
    )
    for region in regions.serving
}
distribution = FailoverDistribution(
    edge,
    "Distribution",
    regions=regions,
    site_buckets=site_buckets,
    api_domains=api_domains,
    origin_secret_name="shop/origin",
)

if __name__ == "__main__":
    app.synth()
