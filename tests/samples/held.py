"""Roles of public sample templates (roles.yaml), audited against what the samples do with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from sagemaker_roles import Catalog
from sagemaker_roles.auditing.audit import audit
from sagemaker_roles.inputs.held import HeldPolicy, HeldRole
from sagemaker_roles.inputs.interfaces import Notice
from sagemaker_roles.inputs.reading import read_value
from sagemaker_roles.session import Choice, held_role

FILE = Path(__file__).parent / "roles.yaml"
ROLE = "arn:aws:iam::111122223333:role/Sample"


class Sample(NamedTuple):
    """What an audit says of one role.

    Attributes:
        lacks, depends: actions; opens: what it allows beyond the need opens, the worst first.
    """

    title: str
    source: str
    operation: str
    verdict: str
    lacks: tuple[str, ...]
    depends: tuple[str, ...]
    opens: tuple[str, ...]
    notices: tuple[Notice, ...]

    def __str__(self) -> str:
        """The row of the table in docs/guides/how-we-know.md."""

        def listed(names: tuple[str, ...]) -> str:
            return ", ".join(f"`{name}`" for name in names) or "nothing"

        lacks = listed(self.lacks) + (f"; depends: {listed(self.depends)}" if self.depends else "")
        return (
            f"| [{self.title}]({self.source}) | `{self.operation}` | {lacks} | {', '.join(self.opens) or 'nothing'} |"
        )


def _role(catalog: Catalog, item: Mapping[str, Any]) -> HeldRole:
    own = [{"Effect": "Allow", **statement} for statement in item.get("statements", ())]
    policies = [HeldPolicy("own", "inline", {"Version": "2012-10-17", "Statement": own})] if own else []
    role = held_role(catalog, policies, attached=item.get("managed", ()), arn=ROLE)
    assert not role.unknown
    return role


def _sample(catalog: Catalog, item: Mapping[str, Any]) -> Sample:
    reading = read_value(catalog, item["request"], operation=item["operation"])
    values = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}
    done = audit(catalog, reading, [_role(catalog, item)], Choice(role=ROLE, values=values))
    (report,) = done.report.roles
    of = {kind: tuple(sorted({one.action for one in report.of(kind)})) for kind in ("missing", "depends")}
    opens = tuple(dict.fromkeys(one.opens for one in report.of("excess")))
    names = item["title"], item["source"], item["operation"], report.verdict
    return Sample(*names, of["missing"], of["depends"], opens, done.notices)


@cache
def samples() -> tuple[Sample, ...]:
    """All samples, in the order of the file."""
    catalog = Catalog.load()
    return tuple(_sample(catalog, item) for item in yaml.safe_load(FILE.read_text("utf-8")))


def rows() -> Iterator[str]:
    """The rows of the table."""
    return map(str, samples())


if __name__ == "__main__":
    print("\n".join(rows()))
