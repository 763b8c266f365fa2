"""Runs the command line as ``python -m sagemaker_roles``, and as the command ``sagemaker-roles``."""

import sys


def main() -> None:
    """Runs the command line; an interruption while it is loaded ends it as one later does."""
    try:
        from .cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
