"""AWS::Logs::QueryDefinition: nothing on this machine runs a query of Logs Insights, so none is kept."""

from typing import Any

from ministack.services.cloudformation import provisioners

TYPE = "AWS::Logs::QueryDefinition"


def install() -> None:
    """Register the type; a stack with one that MiniStack does not know would fail."""

    def create(logical_id: str, _properties: dict[str, Any], stack: str) -> tuple[str, dict[str, Any]]:
        return f"{stack}-{logical_id}", {"QueryDefinitionId": f"{stack}-{logical_id}"}

    def update(name: str, *_: Any) -> tuple[str, dict[str, Any]]:
        return name, {"QueryDefinitionId": name}

    provisioners._RESOURCE_HANDLERS[TYPE] = {"create": create, "update": update, "delete": lambda *_: None}
