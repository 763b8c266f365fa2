"""Runs the command line as ``python -m sagemaker_roles``, and as the command ``sagemaker-roles``."""

import gc
import sys


def main() -> None:
    """Runs the command line; an interruption while it is loaded ends it as one later does.

    Before that, in its first 30 ms or so, only the interpreter runs, and ends with a traceback of its own.
    """
    try:
        gc.set_threshold(100_000)  # what is loaded and read stays until the end, so there is little to look for
        from .cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
