"""Runs the command line as ``python -m sagemaker_roles``, and as the command ``sagemaker-roles``."""

import gc
import sys


def main() -> None:
    """Runs the command line; an interruption while it is loaded ends it as one later does."""
    gc.set_threshold(100_000)  # what is loaded and read stays until the end, so there is little to look for
    try:
        from .cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
