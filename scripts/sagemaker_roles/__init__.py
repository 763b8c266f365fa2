"""What the IAM roles of Amazon SageMaker need, operation by operation."""

TYPE_CHECKING = False  # nothing is imported here: Ctrl-C in an import would end the command with a traceback

if TYPE_CHECKING:
    from typing import Any

    __version__: str
    from .audits.audit import Audited as Audited
    from .audits.audit import audit as audit
    from .audits.report import Report as Report
    from .audits.report import RoleReport as RoleReport
    from .catalog import Catalog as Catalog
    from .engine.companions import Companions as Companions
    from .engine.compose import Composition as Composition
    from .engine.compose import compose as compose
    from .engine.documents import Companion as Companion
    from .engine.documents import ComposedStatement as ComposedStatement
    from .engine.documents import Document as Document
    from .engine.documents import Finding as Finding
    from .engine.documents import Reason as Reason
    from .engine.documents import Request as Request
    from .errors import AmbiguousOperation as AmbiguousOperation
    from .errors import InputError as InputError
    from .errors import InvalidValue as InvalidValue
    from .errors import NothingToCompose as NothingToCompose
    from .errors import PatchError as PatchError
    from .errors import SeveralRoles as SeveralRoles
    from .errors import UnknownAddOn as UnknownAddOn
    from .errors import UnknownName as UnknownName
    from .errors import UnknownOperation as UnknownOperation
    from .errors import UnknownPlaceholder as UnknownPlaceholder
    from .errors import UnknownRole as UnknownRole
    from .explanations.causes import Cause as Cause
    from .explanations.causes import Explanation as Explanation
    from .explanations.explanation import explain_message as explain_message
    from .extras.capture import Call as Call
    from .extras.capture import Captured as Captured
    from .extras.capture import capture as capture
    from .iam.layers import Layers as Layers
    from .inputs import Notice as Notice
    from .inputs import Reading as Reading
    from .inputs import read_files as read_files
    from .inputs import read_value as read_value
    from .inputs.roles import HeldPolicy as HeldPolicy
    from .inputs.roles import HeldRole as HeldRole
    from .inputs.roles import read_policy_file as read_policy_file
    from .inputs.roles import read_roles as read_roles
    from .session import Choice as Choice
    from .session import ComposedRole as ComposedRole
    from .session import Result as Result
    from .session import Written as Written
    from .session import compose_reading as compose_reading
    from .session import explain as explain
    from .session import held_role as held_role
    from .session import layers_of as layers_of
    from .session import placeholders_of as placeholders_of
    from .session import write as write
    from .session import write_companions as write_companions

#: The public names of each module; a module is imported when one of its names is first asked for.
_MODULES = {
    "audits.audit": "Audited audit",
    "audits.report": "Report RoleReport",
    "extras.capture": "Call Captured capture",
    "catalog": "Catalog",
    "explanations.causes": "Cause Explanation",
    "explanations.explanation": "explain_message",
    "engine.companions": "Companions",
    "engine.compose": "Composition compose",
    "engine.documents": "Companion ComposedStatement Document Finding Reason Request",
    "errors": (
        "AmbiguousOperation InputError InvalidValue NothingToCompose PatchError SeveralRoles UnknownAddOn "
        "UnknownName UnknownOperation UnknownPlaceholder UnknownRole"
    ),
    "iam.layers": "Layers",
    "inputs": "Notice Reading read_files read_value",
    "inputs.roles": "HeldPolicy HeldRole read_policy_file read_roles",
    "session": (
        "Choice ComposedRole Result Written compose_reading explain held_role layers_of placeholders_of write "
        "write_companions"
    ),
}

__all__ = ["__version__", *sorted(name for names in _MODULES.values() for name in names.split())]


def __getattr__(name: str) -> "Any":
    """Import a name's module when the name is first asked for, so that the command starts quickly."""
    from importlib import import_module

    if name == "__version__":
        return import_module(".version", __name__).package_version()

    for module, names in _MODULES.items():
        if name in names.split():
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> "list[str]":
    """The public names, also those that were not asked for yet."""
    return sorted({*globals(), *__all__})
