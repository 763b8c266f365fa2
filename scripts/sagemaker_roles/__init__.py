"""What the IAM roles of Amazon SageMaker need, operation by operation."""

TYPE_CHECKING = False  # nothing is imported here: Ctrl-C in an import would end the command with a traceback

if TYPE_CHECKING:
    from typing import Any

    __version__: str
    from .auditing.audit import Audited, audit
    from .auditing.report import Report, RoleReport
    from .capturing import Call, Captured, capture
    from .catalog import Catalog
    from .diagnosing.causes import Cause, Explanation
    from .diagnosing.explaining import explain_message
    from .engine.companions import Companion, Companions
    from .engine.compose import Composition, compose
    from .engine.documents import ComposedStatement, Document, Finding, Reason, Request
    from .errors import (
        AmbiguousOperation,
        InputError,
        InvalidValue,
        NothingToCompose,
        PatchError,
        SeveralRoles,
        UnknownAddOn,
        UnknownName,
        UnknownOperation,
        UnknownPlaceholder,
        UnknownRole,
    )
    from .iam.layers import Layers
    from .inputs import Notice, Reading, read_files, read_value
    from .inputs.roles import HeldPolicy, HeldRole, read_policy_file, read_roles
    from .session import (
        Choice,
        ComposedRole,
        Result,
        Written,
        compose_reading,
        explain,
        held_role,
        layers_of,
        placeholders_of,
        write,
        write_companions,
    )

__all__ = [
    "AmbiguousOperation",
    "Audited",
    "Call",
    "Captured",
    "Catalog",
    "Cause",
    "Choice",
    "Companion",
    "Companions",
    "ComposedRole",
    "ComposedStatement",
    "Composition",
    "Document",
    "Explanation",
    "Finding",
    "HeldPolicy",
    "HeldRole",
    "InputError",
    "InvalidValue",
    "Layers",
    "NothingToCompose",
    "Notice",
    "PatchError",
    "Reading",
    "Reason",
    "Report",
    "Request",
    "Result",
    "RoleReport",
    "SeveralRoles",
    "UnknownAddOn",
    "UnknownName",
    "UnknownOperation",
    "UnknownPlaceholder",
    "UnknownRole",
    "Written",
    "__version__",
    "audit",
    "capture",
    "compose",
    "compose_reading",
    "explain",
    "explain_message",
    "held_role",
    "layers_of",
    "placeholders_of",
    "read_files",
    "read_policy_file",
    "read_roles",
    "read_value",
    "write",
    "write_companions",
]

#: The module of each name; it is imported when the name is first asked for.
_MODULES = {
    "auditing.audit": ("Audited", "audit"),
    "iam.layers": ("Layers",),
    "auditing.report": ("Report", "RoleReport"),
    "inputs.roles": ("HeldPolicy", "HeldRole", "read_policy_file", "read_roles"),
    "capturing": ("Call", "Captured", "capture"),
    "catalog": ("Catalog",),
    "engine.companions": ("Companion", "Companions"),
    "engine.compose": ("Composition", "compose"),
    "engine.documents": ("ComposedStatement", "Document", "Finding", "Reason", "Request"),
    "errors": (
        "AmbiguousOperation",
        "InputError",
        "InvalidValue",
        "NothingToCompose",
        "PatchError",
        "SeveralRoles",
        "UnknownAddOn",
        "UnknownName",
        "UnknownOperation",
        "UnknownPlaceholder",
        "UnknownRole",
    ),
    "diagnosing.causes": ("Cause", "Explanation"),
    "diagnosing.explaining": ("explain_message",),
    "inputs": ("Notice", "Reading", "read_files", "read_value"),
    "session": (
        "Choice",
        "ComposedRole",
        "Result",
        "Written",
        "compose_reading",
        "explain",
        "held_role",
        "layers_of",
        "placeholders_of",
        "write",
        "write_companions",
    ),
}


def __getattr__(name: str) -> "Any":
    """Imports a name's module when the name is first asked for, so that the command starts quickly."""
    from importlib import import_module

    if name == "__version__":
        return import_module(".numbering", __name__).package_version()

    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> "list[str]":
    """The public names, also those that were not asked for yet."""
    return sorted({*globals(), *__all__})
