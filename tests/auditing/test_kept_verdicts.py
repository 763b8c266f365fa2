"""What an audit finds: fixtures/verdicts.yaml has the roles, golden/verdicts.txt what is found about each.

After a change that is meant: `GOLDEN=write pytest tests/auditing/test_kept_verdicts.py`, and look at the difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from damage import is_kept
from sagemaker_roles.auditing.report import AuditFinding, RoleReport
from sagemaker_roles.auditing.role import Work
from sagemaker_roles.iam.evaluation import PolicyDocument, document
from sagemaker_roles.iam.layers import Layers

from .roles import ROLE, Json, audited, enough, held, policy, trust_of, work

TESTS = Path(__file__).parents[1]
GIVEN = yaml.load((TESTS / "fixtures" / "verdicts.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
KEPT = TESTS / "golden" / "verdicts.txt"
#: The findings of a case that are written out; there can be hundreds.
MOST = 4


@cache
def work_of(name: str) -> Work:
    """The work of a name."""
    return work(**GIVEN["works"][name])


def own(what: Work, changes: Mapping[str, Any]) -> Json:
    """The composed policy with changes, or other statements."""
    if "statements" in changes:
        return policy(*changes["statements"])
    changed = {one["Sid"]: one for one in changes.get("changed", ())}
    kept = [one for one in enough(what)["Statement"] if one["Sid"] not in changes.get("without", ())]
    return policy(*(changed.get(one["Sid"], one) for one in kept), *changes.get("more", ()))


def layers_of(case: Mapping[str, Any]) -> Layers:
    """The other policies that decide."""

    def read(given: Mapping[str, Any]) -> tuple[PolicyDocument, ...]:
        return tuple(document(name, policy(*some)) for name, some in given.items())

    known = {kind: read(case[kind]) for kind in ("scps", "rcps", "session", "endpoint") if kind in case}
    levels = tuple(tuple(one for one in known["scps"] if one.name in names) for names in case.get("levels", ()))
    resources = {arn: document(arn, policy(*some)) for arn, some in case.get("resources", {}).items()}
    return Layers(**known, levels=levels, resources=resources)


def said(report: RoleReport, usual: tuple[str, ...]) -> Iterator[str]:
    """A report as lines, without the assumptions that every report has."""
    yield report.verdict
    for one in report.findings[:MOST]:
        yield finding(one)
    if len(report.findings) > MOST:
        yield f"and {len(report.findings) - MOST} more"
    yield from (f"assumed: {one}" for one in report.assumptions if one not in usual)


def finding(one: AuditFinding) -> str:
    about = f"{one.kind}: {one.action or one.principal or one.path} on {one.resource}"
    beside = f" beside {', '.join(one.beside)}" if one.beside else ""
    place = " ".join(filter(None, (one.layer, one.document, one.statement, one.opens)))
    keys = f" {json.dumps(dict(one.keys))}" if one.keys else ""
    # What follows in `why` is the record's own.
    return f"{about}{beside} ({place}{', mended' if one.patch else ''}){keys}: {one.why.partition('. ')[0]}"


def test_what_is_found_in_each_case_is_kept() -> None:
    found = []
    for name, case in GIVEN["cases"].items():
        what = work_of(case["work"])
        trust = trust_of(what) if "trust" not in case else case["trust"] and policy(*case["trust"])
        role = held(
            *(own(what, changes) for changes in case.get("policies", [{}])),
            trust=trust,
            boundary=policy(*case["boundary"]) if "boundary" in case else None,
            **{"arn": ROLE, **{key: case[key] for key in ("arn", "unknown", "hidden", "kind") if key in case}},
        )
        plain = audited(what, held(enough(what), trust=trust_of(what))).assumptions
        found.append("\n".join([f"# {name}", *said(audited(what, role, layers_of(case)), plain)]))
    assert is_kept(KEPT, "\n\n".join(found) + "\n")
