"""AWS::DynamoDB::GlobalTable: replicas, witness and consistency, which MiniStack makes an ordinary table of.

Time to live, in every region. Per replica: point-in-time recovery, deletion protection, tags.
"""

import copy
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

from local.emulator import tables

TYPE = "AWS::DynamoDB::GlobalTable"

Properties = dict[str, Any]
# What a replica takes over from the table of the home region whenever the template changes.
_SHARED = (
    "KeySchema",
    "AttributeDefinitions",
    "BillingModeSummary",
    "SSEDescription",
    "GlobalSecondaryIndexes",
)


def _regional(table: tables.Table, replica: Properties, region: str) -> None:
    account, name = get_account_id(), table["TableName"]
    # A replica repeats the indexes in order to set their capacity; all have those of the table.
    indexes = {index["IndexName"] for index in table["GlobalSecondaryIndexes"]}
    if {index["IndexName"] for index in replica.get("GlobalSecondaryIndexes", [])} - indexes:
        raise ValueError(
            f"{TYPE} {name}: the replica in {region} names an index that the table does not have"
        )
    table["DeletionProtectionEnabled"] = bool(replica.get("DeletionProtectionEnabled", False))
    recovery = replica.get("PointInTimeRecoverySpecification") or {}
    dynamodb._pitr_settings.set_scoped(
        account, region, name, bool(recovery.get("PointInTimeRecoveryEnabled", False))
    )
    dynamodb._tags.set_scoped(account, region, table["TableArn"], copy.deepcopy(replica.get("Tags", [])))


def _expire(account: str, region: str, name: str, lifetime: Properties) -> None:
    if not lifetime.get("Enabled"):
        dynamodb._ttl_settings.pop_scoped(account, region, name, None)
        return
    setting = {"TimeToLiveStatus": "ENABLED", "AttributeName": lifetime["AttributeName"]}
    dynamodb._ttl_settings.set_scoped(account, region, name, setting)


def _apply(name: str, properties: Properties) -> None:
    """Bring the table in every region to what the template says."""
    account, home = get_account_id(), get_region()
    table = dynamodb._tables[name]
    replicas = {replica["Region"]: replica for replica in properties["Replicas"]}
    if home not in replicas:
        raise ValueError(f"{TYPE} {name}: Replicas must contain the stack's own region {home}")
    consistency = properties.get("MultiRegionConsistency", "EVENTUAL")
    if consistency not in ("STRONG", "EVENTUAL"):
        raise ValueError(f"{TYPE} {name}: MultiRegionConsistency {consistency} is unknown")
    table[tables.HOME] = home
    table[tables.STRONG] = consistency == "STRONG"
    table[tables.WITNESSES] = [witness["Region"] for witness in properties.get("GlobalTableWitnesses", [])]
    if bool(table[tables.WITNESSES]) and not table[tables.STRONG]:
        raise ValueError(f"{TYPE} {name}: a witness needs MultiRegionConsistency STRONG")
    before = [region for region in dynamodb._replica_group(table) if region != home]
    for region in before:
        if region not in replicas:
            dynamodb._tables.pop_scoped(account, region, name, None)
    for region in replicas:
        if region == home:
            continue
        if dynamodb._tables.get_scoped(account, region, name) is None:
            dynamodb._create_replica(name, table, region)
        replica = dynamodb._tables.get_scoped(account, region, name)
        replica.update({key: copy.deepcopy(table[key]) for key in _SHARED})
        replica.update({key: table[key] for key in (tables.HOME, tables.STRONG, tables.WITNESSES)})
        replica["StreamSpecification"] = copy.deepcopy(table["StreamSpecification"])
        replica.pop(dynamodb._INDEX_MEMBERS, None)
    dynamodb._set_replica_group(name, list(replicas))
    if table[tables.STRONG]:
        tables.share_items(account, name, home, [region for region in replicas if region != home])
    lifetime = properties.get("TimeToLiveSpecification") or {}
    if lifetime and table[tables.STRONG]:
        raise ValueError(f"{TYPE} {name}: a table with MultiRegionConsistency STRONG has no time to live")
    for region, replica in replicas.items():
        _expire(account, region, name, lifetime)
        _regional(dynamodb._tables.get_scoped(account, region, name), replica, region)


def install() -> None:
    """Let MiniStack's own handlers make the home region's table, and add the rest."""
    handlers = provisioners._RESOURCE_HANDLERS[TYPE]
    make, change = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: Properties, stack: str) -> tuple[str, dict[str, Any]]:
        name, attributes = make(logical_id, copy.deepcopy(properties), stack)
        _apply(name, properties)
        return name, {**attributes, "TableId": dynamodb._tables[name]["TableId"]}

    def update(name: str, old: Properties, new: Properties, stack: str) -> tuple[str, dict[str, Any]]:
        if old.get("MultiRegionConsistency") != new.get("MultiRegionConsistency"):
            raise ValueError(f"{TYPE} {name}: the consistency of a table cannot be changed")
        physical_id, attributes = change(name, old, copy.deepcopy(new), stack)
        _apply(physical_id, new)
        return physical_id, attributes

    def delete(name: str, _properties: Properties) -> None:
        account = get_account_id()
        table = dynamodb._tables.get(name)
        for region in dynamodb._replica_group(table) if table else []:
            dynamodb._pitr_settings.pop_scoped(account, region, name, None)
            dynamodb._tables.pop_scoped(account, region, name, None)
        dynamodb._tables.pop(name, None)

    handlers.update(create=create, update=update, delete=delete)
