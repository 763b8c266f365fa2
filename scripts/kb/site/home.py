"""Prepares what the home page shows: an error with its statement, the operations by situation, and the figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import proof_pages
from .operation import address, summaries
from .published import Data, Published, grantees

#: A message as Amazon S3 reports it for a training job, and the statement of the records that answers it.
_ERROR = (
    "User: arn:aws:sts::111122223333:assumed-role/TrainingRole/SageMaker is not authorized to perform: "
    "kms:GenerateDataKey on resource: arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab "
    "because no identity-based policy allows the kms:GenerateDataKey action"
)
_ANSWER = ("CreateTrainingJob", "execution", "kms-output", "OutputEncrypt")


def shown(published: Published) -> dict[str, Any]:
    """What the template of the home page takes: ``example``, ``situations``, and ``figures``."""
    return {
        "example": example(published),
        "situations": [(title, _rows(published, names)) for title, names in published.groups],
        "figures": figures(published),
    }


def example(published: Published) -> dict[str, Any]:
    """An error, and the statement that fixes it with the resource of the message; empty if this version lacks it."""
    operation, role, addon, sid = _ANSWER
    record = published.operations.get(operation)
    for grantee in grantees(record) if record else ():
        for one in grantee["addons"]:
            for item in one["statements"]:
                if (grantee["id"], one["id"], item["statement"]["Sid"]) == (role, addon, sid) and record:
                    resource = _ERROR.partition("on resource: ")[2].partition(" ")[0]
                    statement = {**item["statement"], "Resource": [resource]}
                    source = {**published.catalog["sources"], **record["sources"]}[item["sources"][0]]
                    place = f"{address(record, role)}#{role}-addon-{addon}"
                    about = {"operation": operation, "addon": one["title"], "why": item["why"], "place": place}
                    return {"error": _ERROR, "statement": statement, "source": source, **about}
    return {}


def figures(published: Published) -> dict[str, Any]:
    """Numbers of operations and roles, statements that AWS documents, and what this project and FullAccess allow."""
    records = published.operations.values()
    counts = [record["evidence"] for record in records]
    compared = {
        peer: sums for peer, sums in proof_pages.sums(published).items() if peer in ("ours", "full-access") and sums
    }
    return {
        "operations": len(published.names),
        "roles": sum(len(record["roles"]) for record in records),
        "documented": sum(count["documented"] for count in counts),
        "statements": sum(sum(count.values()) for count in counts),
        "compared": compared if len(compared) > 1 else {},
    }


def _rows(published: Published, names: list[str]) -> list[dict[str, Any]]:
    """The rows of the table of situations: where each situation of an operation is described, "" if it is none."""
    of_studio = {
        name
        for family in published.index.get("families", ())
        if "Studio" in family["title"]
        for name in family["operations"]
    }
    rows = []
    for row in summaries(published, names):
        record = row["record"]
        name = record["operation"]
        studio = _addon(record, lambda addon: "Studio" in addon["title"]) or (f"{name}/" if name in of_studio else "")
        links = {"VPC": row["vpc"], "KMS": row["kms"], "Studio": studio, "Cross-account": _accounts(published, record)}
        rows.append({"name": name, "status": row["status"], "links": links})
    return rows


def _addon(record: Data, wanted: Callable[[Data], bool]) -> str:
    for role in record["roles"]:
        for addon in role["addons"]:
            if wanted(addon):
                return f"{address(record, role['id'])}#{role['id']}-addon-{addon['id']}"
    return ""


def _accounts(published: Published, record: Data) -> str:
    """Where the page says which policies of another account must allow the role too."""
    for role in record["roles"]:
        path = role["links"].get("companions")
        if path and any(one["needed"] == "other-account" for one in published.json(path)["companions"]):
            return f"{address(record, role['id'])}#{role['id']}-companions"
    return ""
