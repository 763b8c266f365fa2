"""Applies a user's own RFC 6902 patch to a document."""

from __future__ import annotations

from typing import Any

from ..errors import PatchError


def patched(document: Any, patch: Any) -> Any:
    """A document with a patch applied; the document itself stays as it is.

    Args:
        patch: the parsed patch: a list of steps with ``op`` and ``path``.

    Raises:
        PatchError: it is no patch, a path does not exist, or a ``test`` fails.
    """
    import jsonpatch
    from jsonpointer import JsonPointerException

    if not isinstance(patch, list):
        raise PatchError("a patch is a list of steps, each with op and path (RFC 6902)")
    for number, step in enumerate(patch, 1):
        what = f"step {number}"
        if not isinstance(step, dict) or not isinstance(step.get("op"), str) or not isinstance(step.get("path"), str):
            raise PatchError(f"{what} must be a mapping with op and path")
        what += f" ({step['op']} {step['path']})"
        try:
            document = jsonpatch.apply_patch(document, [step], in_place=False)
        except jsonpatch.JsonPatchTestFailed as error:
            raise PatchError(f"{what}: the test fails: {error}") from None
        except (jsonpatch.JsonPatchException, JsonPointerException) as error:
            raise PatchError(f"{what}: {error}") from None
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise PatchError(f"{what} does not fit the document: {error}") from None
    return document
