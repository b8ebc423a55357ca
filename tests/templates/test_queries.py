"""The saved queries of Logs Insights."""

import re

from tests.lambdas.logged import FIELDS
from tools.assembly import Assembly

#: What Logs Insights knows itself, Powertools adds, and a fault's line has besides.
KNOWN = {"message", "level", "service", "fault", "aws_code", "frames", *FIELDS}
WORDS = {
    "fields", "filter", "stats", "sort", "limit", "by", "as", "count", "pct", "max", "bin", "like", "and",
    "desc", "asc", "timestamp", "requests", "calls", "longest", "p50", "p99", "m",
}  # fmt: skip


def should_ask_only_for_what_the_functions_log(assembly: Assembly) -> None:
    found = list(assembly.resources("AWS::Logs::QueryDefinition"))
    assert len(found) == 12
    for query in found:
        text = re.sub(r'"[^"]*"', "", query.properties["QueryString"])
        names = set(re.findall(r"[a-z_][a-z_0-9]*", text))
        assert names - KNOWN - WORDS == set(), query.id


def should_ask_all_functions_of_the_region(assembly: Assembly) -> None:
    for query in assembly.resources("AWS::Logs::QueryDefinition"):
        groups = {group["Ref"] for group in query.properties["LogGroupNames"]}
        functions = [one for (region, _), one in assembly.functions().items() if region == query.region]
        assert groups == {one.properties["LoggingConfig"]["LogGroup"]["Ref"] for one in functions}
