"""What documentation.json holds: the pages of AWS that were read, and what carries what they say of permissions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FILE = "documentation.json"


def documentation(pages: Mapping[str, Any], guides: Mapping[str, Any]) -> dict[str, Any]:
    """Every page with its state, the day on which it was read, and its sections about permissions.

    Args:
        pages: data/documentation.yaml.
        guides: data/guides.yaml.
    """
    return {
        "pages": [
            {
                "page": name,
                "url": f"{guides[name.partition('/')[0]]['addresses'][0]}{name.partition('/')[2]}.html",
                "state": "read" if "read" in page else "unread" if "linked_from" in page else "refused",
                "read": page.get("read", ""),
                "reason": page.get("refused", ""),
                "sections": [
                    {
                        "section": section["section"],
                        "carried_by": list(section.get("carried_by", ())),
                        "reason": section.get("reason", ""),
                    }
                    for section in page.get("sections", ())
                ],
            }
            for name, page in sorted(pages.items())
        ]
    }
