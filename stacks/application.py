"""The CDK app, the same whether the CDK's command line starts it or something else does."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

CDK_JSON: Final = Path(__file__).resolve().parent.parent / "cdk.json"

#: What the command line asks for besides, so that the templates are the same without it.
COMMAND_LINE: Final = {"aws:cdk:enable-asset-metadata": True, "aws:cdk:enable-path-metadata": True}


class Application(App):
    """An app that knows the context of cdk.json also when the command line has not read it.

    What the command line was told (`-c`) precedes cdk.json. The assembly is written to `$CDK_OUTDIR`, or to
    cdk.out.
    """

    def __init__(self, *, context: Mapping[str, Any] | None = None, outdir: str | None = None) -> None:
        """Make an app without stacks.

        :param context: precedes both the command line and cdk.json.
        :param outdir: precedes `$CDK_OUTDIR`.
        """
        super().__init__(
            context=COMMAND_LINE | json.loads(CDK_JSON.read_text())["context"],
            post_cli_context=context,
            outdir=outdir or os.environ.get("CDK_OUTDIR", "cdk.out"),
            analytics_reporting=False,
            auto_synth=False,
        )
        if os.environ.get("CDK_VALIDATION") != "false":
            Validations.of(self).add_plugins(AwsSolutionsChecks(self))
