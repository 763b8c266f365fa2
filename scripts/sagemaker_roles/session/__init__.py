"""What a person gave → what comes out, in three steps: choose, compose, write. Prints nothing and ends no process."""

from ..engine.compose import operations_of as operations_of
from .choosing import Choice as Choice
from .choosing import held_role as held_role
from .choosing import layers_of as layers_of
from .choosing import meanings_of as meanings_of
from .choosing import placeholders_of as placeholders_of
from .composing import ComposedRole as ComposedRole
from .composing import Result as Result
from .composing import compose_reading as compose_reading
from .writing import COMPANION_KINDS as COMPANION_KINDS
from .writing import ORGANIZATION as ORGANIZATION
from .writing import Written as Written
from .writing import companions_json as companions_json
from .writing import companions_of as companions_of
from .writing import explain as explain
from .writing import organization_json as organization_json
from .writing import texts_in as texts_in
from .writing import usual_part as usual_part
from .writing import write as write
from .writing import write_companions as write_companions
