"""Draws who needs what for an operation: the caller, the service, its roles, and the services that the roles use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from sagemaker_roles.catalog.operation_names import action_of

from . import templates
from .published import Data, Published


def drawn(published: Published, record: Data, roles: Sequence[Data], is_short: bool = False) -> Markup:
    """The picture of some roles of an operation.

    Args:
        record: its operation.json.
        roles: all of it, or one.
        is_short: whether the picture only counts the services of add-ons, as each role has a page of its own.
    """
    shown = [_role(published, record, role, is_short) for role in roles]
    page = templates.page("picture.html.j2", name=record["operation"], roles=shown)
    return templates.markup(page.replace("\n", ""))


def _role(published: Published, record: Data, role: Data, is_short: bool) -> dict[str, Any]:
    """A role as the picture shows it: the service that assumes it, and those that it uses always and with add-ons."""
    own = published.service(action_of(published.catalog.get("apis", {}), record).partition(":")[0])
    always = _services(published, [("", item) for item in role["statements"]])
    added = _services(published, [(addon["id"], item) for addon in role["addons"] for item in addon["statements"]])
    # A service of the base stays there, and lights up with the add-ons that use it too.
    trusted = (value for item in role["trust"] for value in item["statement"]["Principal"].get("Service", ()))
    services = sorted(dict.fromkeys(_principal(published, value) for value in trusted), key=lambda name: name != own)
    others = "A pod" if "Federated" in role["trust"][0]["statement"]["Principal"] else "Another role"
    return {
        "id": role["id"],
        "title": role["title"],
        "service": next(iter(services), others),
        "passed": not role["not_passed"],
        "always": [{**item, "addons": added.get(name, {}).get("addons")} for name, item in always.items()],
        "with_addons": [item for name, item in added.items() if name not in always],
        "is_short": is_short,
    }


def _services(published: Published, items: Iterable[tuple[str, Data]]) -> dict[str, dict[str, Any]]:
    """Services by name, with how many actions and the add-ons of these ("" for the base).

    Those with the most actions are where a reader looks first.
    """
    actions: dict[str, set[str]] = {}
    addons: dict[str, list[str]] = {}
    for addon, item in items:
        for action in item["statement"]["Action"]:
            name = published.service(action.partition(":")[0])
            actions.setdefault(name, set()).add(action)
            addons.setdefault(name, []).append(addon)
    return {
        name: {"name": name, "actions": len(actions[name]), "addons": [*dict.fromkeys(addons[name])]}
        for name in sorted(actions, key=lambda name: (-len(actions[name]), name))
    }


def _principal(published: Published, value: str) -> str:
    """A service principal as the name of its service, such as hyperpod.sagemaker.amazonaws.com as SageMaker AI."""
    return published.service(value.removesuffix(".amazonaws.com").rpartition(".")[2])
