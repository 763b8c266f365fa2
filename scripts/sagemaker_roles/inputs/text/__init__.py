"""Text of what people give: JSON and YAML whose values know their place."""

from __future__ import annotations

from . import json_document, yaml_reader
from .content import InputError
from .places import InputDocument

#: How the names of files end that hold JSON only, and of those that may hold YAML which looks like JSON.
JSON_NAMES = (".json", ".json.gz")
_YAML_NAMES = (".yaml", ".yml", ".template")


def load(text: str, name: str) -> list[InputDocument]:
    """Read a text with the places of its values: JSON if it begins like JSON or its name says so, else YAML.

    Args:
        name: what positions call it.

    Returns:
        The documents of the text; those of YAML that have nothing are left out.

    Raises:
        InputError: it is neither, has a key twice, or is too deep or too long; with line and column.
    """
    if is_json(text) or name.lower().endswith(JSON_NAMES):
        try:
            return json_document.parse(text, name)
        except InputError:
            if not name.lower().endswith(_YAML_NAMES):
                raise
    return [document for document in yaml_reader.parse(text, name) if document.value is not None]


def is_json(text: str) -> bool:
    """Whether a text begins like a list or mapping of JSON."""
    return text.lstrip()[:1] in ("{", "[")
