"""Runs the command line as ``python -m sagemaker_roles``."""

from .cli.main import main

if __name__ == "__main__":
    main()
