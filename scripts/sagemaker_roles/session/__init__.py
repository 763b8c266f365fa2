"""Compose what requests and a choice need, and write it: check the choice, compose, write."""

from ..engine.choice import Choice as Choice
from ..engine.compose import operations_of as operations_of
from .choice import framework_of as framework_of
from .choice import held_role as held_role
from .choice import layers_of as layers_of
from .choice import meanings_of as meanings_of
from .choice import placeholders_of as placeholders_of
from .composition import ComposedRole as ComposedRole
from .composition import Result as Result
from .composition import compose_reading as compose_reading
from .documents import COMPANION_KINDS as COMPANION_KINDS
from .documents import ORGANIZATION as ORGANIZATION
from .documents import Written as Written
from .documents import companions_json as companions_json
from .documents import companions_of as companions_of
from .documents import default_part as default_part
from .documents import explain as explain
from .documents import organization_json as organization_json
from .documents import texts_in as texts_in
from .documents import write as write
from .documents import write_companions as write_companions
