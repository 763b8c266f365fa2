"""Python imports this at its start in every process below `compose --run` or `capture`, and is captured from here."""

import importlib
import os
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent


def _begin(folder: str) -> None:
    """Ends the process if it cannot be captured: nothing may run that can send."""
    sys.path.insert(0, str(_HERE.parents[3]))
    try:
        from sagemaker_roles.extras.capture import process_startup

        process_startup.join(folder)
    except BaseException as error:
        sys.stderr.write(f"not run, because it cannot be captured: {type(error).__name__}: {error}\n")
        sys.stderr.flush()
        os._exit(70)
    del sys.path[0]


if _folder := os.environ.get("SAGEMAKER_ROLES_CAPTURE"):
    _begin(_folder)

# The next one on the path is the user's own.
sys.path[:] = [path for path in sys.path if Path(path).resolve() != _HERE]
_own = sys.modules.pop(__name__)
try:
    importlib.import_module("sitecustomize")
except ModuleNotFoundError:
    sys.modules[__name__] = _own
