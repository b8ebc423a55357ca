"""The `SavedQueries` construct."""

from collections.abc import Mapping, Sequence
from typing import Final

from aws_cdk import aws_logs as logs
from constructs import Construct

#: What is asked of the functions' lines during an incident, each by its name.
QUERIES: Final[Mapping[str, str]] = {
    "Faults": (
        "fields @timestamp, service, route, outcome, fault, aws_code, request_id\n"
        '| filter level = "ERROR"\n'
        "| sort @timestamp desc\n"
        "| limit 100"
    ),
    "FaultsByKind": (
        'filter level = "ERROR"\n| stats count(*) as calls by service, fault, aws_code\n| sort calls desc'
    ),
    "OutcomesByRoute": (
        'filter message = "request"\n'
        "| stats count(*) as requests by route, status, outcome\n"
        "| sort requests desc"
    ),
    "SlowestRoutes": (
        'filter message = "request"\n'
        "| stats pct(duration_ms, 50) as p50, pct(duration_ms, 99) as p99, max(duration_ms) as longest,\n"
        "  count(*) as requests by route\n"
        "| sort p99 desc"
    ),
    "OneRequest": (
        "fields @timestamp, service, route, status, outcome, duration_ms, fault, aws_code, frames\n"
        '| filter request_id = "replace-this"\n'
        "| sort @timestamp asc"
    ),
    "LogIns": (
        'filter message = "request" and route like "/sessions"\n'
        "| stats count(*) as requests by bin(5m), outcome\n"
        "| sort @timestamp desc"
    ),
}


class SavedQueries(Construct):
    """Queries of Logs Insights over the logs of all functions of a region, saved where people look for them.

    >>> SavedQueries(self, "Queries", name="shop", log_groups=[function.log_group])

    :ivar queries: name → L1 query definition.
    """

    queries: dict[str, logs.CfnQueryDefinition]

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        log_groups: Sequence[logs.ILogGroup],
        queries: Mapping[str, str] = QUERIES,
    ) -> None:
        """Save them.

        :param name: the folder in the console under which they are.
        :param log_groups: what is asked.
        :param queries: name → what it asks for.
        """
        super().__init__(scope, id)
        self.queries = {
            query: logs.CfnQueryDefinition(
                self,
                query,
                name=f"{name}/{query}",
                query_string=text,
                log_group_names=[each.log_group_name for each in log_groups],
            )
            for query, text in queries.items()
        }
