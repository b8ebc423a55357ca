"""The pages of one region."""

import tempfile
from pathlib import Path

from aws_cdk import Environment, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_deployment as s3_deployment
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from stacks import shells
from stacks.edge import EdgeStack
from stacks.settings import Settings
from twinhull import StaticSite


class PagesStack(Stack):
    """HTML, published last: when a page is seen, what it asks for is in both regions.

    And where the page is: the functions that name it in e-mails are deployed before there is an address.
    """

    def __init__(self, scope: Construct, *, settings: Settings, region: str, edge: EdgeStack) -> None:
        super().__init__(scope, f"{settings.name}-pages-{region}", env=Environment(region=region))
        with tempfile.TemporaryDirectory() as rendered:
            shells.render(Path(rendered))
            StaticSite.publish_pages(
                self,
                "Pages",
                s3_deployment.Source.asset(str(Path(rendered, "pages"))),
                bucket=s3.Bucket.from_bucket_name(self, "Site", settings.site_bucket_name(region)),
                log_retention=settings.log_retention,
            )
        ssm.StringParameter(
            self,
            "Page",
            parameter_name=settings.page_parameter_name,
            string_value=edge.url,
            description="Where the page is",
        )
