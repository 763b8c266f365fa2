"""Run the command line as ``python -m sagemaker_roles``, and as the command ``sagemaker-roles``."""

import sys


def main() -> None:
    """Run the command line; an interruption while it is loaded ends it as one later does.

    Before that, in its first 30 ms or so, only the interpreter runs, and ends with a traceback of its own.
    """
    try:
        from .cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
