"""Operations whose jobs run the same kind of code have the same add-ons to choose, or a reason says why not."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from support import ROOT, loaded

GROUPS: list[dict[str, Any]] = yaml.safe_load((ROOT / "tests" / "siblings.yaml").read_text("utf-8"))


def ids(operation: str, chosen: bool) -> set[str]:
    """IDs of the add-ons of its roles, or only of those that a person chooses."""
    roles = loaded().catalog.operation(operation).roles
    return {addon.id for role in roles for addon in role.addons if addon.usage or not chosen}


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group["of"][0])
def test_siblings_lack_only_what_has_a_reason(group: dict[str, Any]) -> None:
    has = {operation: ids(operation, False) for operation in group["of"]}
    every = {addon for operation in group["of"] for addon in ids(operation, True)}
    lacking = {(addon, operation) for operation, own in has.items() for addon in every - own}
    reasons = [
        (addon, operation) for item in group["missing"] for addon in item["addons"] for operation in item["lack"]
    ]
    assert sorted(lacking - set(reasons)) == []
    assert sorted(set(reasons) - lacking) == [], "they have these now, or nothing has them"
    assert len(reasons) == len(set(reasons))
