"""Prepares the page of one operation, and those of its roles where there are many."""

from __future__ import annotations

import json
import re
from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog.operation_names import action_of
from sagemaker_roles.iam.size import POLICY_LIMIT, size

from . import picture, proof_pages, templates, versions
from .published import Data, Published, status
from .recipes import recipes
from .text import anchor

#: Most roles of an operation whose policies are on its own page; of more, each has a page.
_ROLES_OF_A_PAGE = 3
#: The page's own links and its folded parts take the place of both side bars, so that policies have room.
_HIDDEN = ["navigation", "toc"]
_GROUPS = {
    "network": {"ec2"},
    "encryption": {"kms"},
    "data": {"s3", "s3express", "elasticfilesystem", "fsx", "athena", "glue", "redshift-data", "ecr", "codecommit"},
}


def pages(
    published: Published,
    name: str,
    engine: Data,
    change_url: str = "",
    line: Callable[[str, Data], str] | None = None,
    base: str = "",
) -> dict[str, str]:
    """An operation's page, and those of its roles where there are many.

    Args:
        engine: the folder of the engine below the site, and the size of what is loaded first.
        change_url: address that opens the record for a change, "" if it is not known.
        line: the place of the line with a statement of a role or the caller, "" if it is not known.
        base: address of the site with a final slash, "" if it is not known.

    Returns:
        Path below the folder of operations to Markdown.
    """
    record = published.operations[name]
    views = [_view(published, role) for role in record["roles"]]
    common = {
        "line": line or (lambda _grantee, _item: ""),
        "published": published,
        "name": name,
        "record": record,
        "hidden": _HIDDEN,
        "action": action_of(published.catalog.get("apis", {}), record),
        "sources": ChainMap(record["sources"], published.catalog["sources"]),
        "limit": POLICY_LIMIT,
        "engine": engine,
        "titles": [[role["id"], role["title"]] for role in record["roles"]],
    }
    own = templates.page(
        "operation.md.j2",
        **common,
        up="",
        # A name that the words of a search fill wholly comes before longer ones that hold them too.
        boost=round(2 + 2 / len(re.findall("[A-Z][a-z0-9]*", name)), 2),
        status=status(record),
        role_pages=has_role_pages(record),
        pages={role["id"]: f"{role['id']}/" for role in record["roles"]} if has_role_pages(record) else {},
        roles=views,
        caller=_view(published, record["caller"]) if record["caller"] else None,
        proof=proof_pages.of(published, name),
        recipes=recipes(published, record, base=base),
        history=versions.history(published, name),
        picture=picture.drawn(published, record, record["roles"], has_role_pages(record)),
        change_url=change_url,
    )
    files = {f"{name}.md": own}
    for view in views if has_role_pages(record) else ():
        role = view["grantee"]
        view["picture"] = picture.drawn(published, record, [role])
        files[f"{name}/{role['id']}.md"] = templates.page("role.md.j2", **common, up="../", view=view)
    return files


def _view(published: Published, grantee: Data) -> dict[str, Any]:
    """A role, or the caller, with the texts of its policies: as published, with add-ons, and each add-on alone."""
    links = grantee["links"]
    base = published.json(links["policy"])
    patches = {addon["id"]: published.json(addon["links"]["patch"]) for addon in grantee["addons"]}
    patches = {key: patch for key, patch in patches.items() if patch}
    alone = {key: _text(patched({**base, "Statement": []}, [patch])) for key, patch in patches.items()}
    addons = [
        {"addon": addon, "text": alone.get(addon["id"], ""), "group": _group(addon)}
        for addon in grantee["addons"]
        if addon["id"] in alone or addon["trust"]
    ]
    view = {
        "grantee": grantee,
        "policy": _artifact(published, links["policy"]),
        "addons": addons,
        "rows": list(_rows(grantee)),
        "picture": "",
    }
    if "trust_policy" in links:
        trust = published.json(links["trust_policy"])
        patching = [(addon["id"], addon["links"].get("trust_patch")) for addon in grantee["addons"]]
        named = (value for item in trust["Statement"] for values in item["Principal"].values() for value in values)
        view["trusted"] = ", ".join(dict.fromkeys(named))
        view["trust"] = _artifact(published, links["trust_policy"])
        view["trusts"] = [
            {"addon": key, "path": path, "text": _text(patched(trust, [published.json(path)]))}
            for key, path in patching
            if path
        ]
    return view


def _group(addon: Data) -> str:
    """What an add-on is about, by the services of its actions: the groups of the page's toggles."""
    services = {action.split(":")[0] for item in addon["statements"] for action in item["statement"]["Action"]}
    return next((group for group, wanted in _GROUPS.items() if services & wanted), "features")


def _artifact(published: Published, path: str) -> dict[str, Any]:
    text = published.text(path)
    return {"path": path, "text": text, "characters": size(json.loads(text))}


def _rows(grantee: Data) -> Iterator[dict[str, Any]]:
    """Every statement of a role or the caller, with the add-on that brings it, "" for the base."""
    for addon, holder in [("", grantee), *((addon["id"], addon) for addon in grantee["addons"])]:
        for part in ("statements",) if grantee["id"] == "caller" else ("statements", "trust"):
            for item in holder[part]:
                own = statement_id(grantee["id"], item["statement"]["Sid"], part == "trust")
                yield {"id": own, "addon": addon, "trust": part == "trust", "item": item}


def _text(document: Data) -> str:
    return canonical(document).decode("ascii")


def patched(document: Data, patches: Iterable[Sequence[Data]]) -> dict[str, Any]:
    """A policy with add-on patches, which only ever append statements."""
    added = [step["value"] for patch in patches for step in patch]
    return {**document, "Statement": [*document["Statement"], *added]}


def has_role_pages(record: Data) -> bool:
    """Whether each role of an operation has a page of its own; ``record`` is its operation.json."""
    return len(record["roles"]) > _ROLES_OF_A_PAGE


def address(record: Data, grantee: str) -> str:
    """Where a role, or the caller, of an operation is: below the folder of operations, with a final slash."""
    role = f"{grantee}/" if has_role_pages(record) and grantee != "caller" else ""
    return f"{record['operation']}/{role}"


def statement_id(grantee: str, sid: str, trust: bool = False) -> str:
    """The id of a statement's row on its operation's page."""
    return anchor(f"{grantee}-{'trust-' * trust}{sid}")


def _first(record: Data, wanted: Callable[[str], bool]) -> str:
    """The address of the first add-on to a role whose id is wanted, as :func:`address`; "" if there is none."""
    for role in record["roles"]:
        for addon in role["addons"]:
            if wanted(addon["id"]):
                return f"{address(record, role['id'])}#{role['id']}-addon-{addon['id']}"
    return ""


def summaries(published: Published, names: Iterable[str]) -> list[dict[str, Any]]:
    """What a table of operations shows of each."""
    rows = []
    for name in names:
        record = published.operations[name]
        total = sum(record["evidence"].values())
        data = {addon["id"] for role in record["roles"] for addon in role["addons"] if _brings_data(addon)}
        vpc, kms = _first(record, lambda addon: "vpc" in addon.split("-")), _first(record, _is_kms)
        facts = {
            "vpc": bool(vpc),
            "kms": bool(kms),
            "several": len(record["roles"]) > 1,
            "undocumented": record["documentation"] == "none",
        }
        rows.append(
            {
                "record": record,
                "status": status(record),
                "facts": " ".join(fact for fact, holds in facts.items() if holds),
                "vpc": vpc,
                "kms": kms,
                "data": _first(record, data.__contains__),
                "data_count": len(data),
                "total": total,
                "shares": {key: round(100 * number / (total or 1), 1) for key, number in record["evidence"].items()},
            }
        )
    return rows


def _brings_data(addon: Data) -> bool:
    """Whether an add-on is about where data comes from or goes to, other than images and code."""
    services = {action.split(":")[0] for item in addon["statements"] for action in item["statement"]["Action"]}
    return _group(addon) == "data" and not services <= {"ecr", "codecommit"}


def _is_kms(addon: str) -> bool:
    return addon.startswith("kms")
