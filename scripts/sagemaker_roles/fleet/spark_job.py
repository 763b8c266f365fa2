"""The file to give to spark-submit, which takes no module: runs :mod:`sagemaker_roles.fleet.spark`."""

from __future__ import annotations

import runpy

if __name__ == "__main__":
    runpy.run_module("sagemaker_roles.fleet.spark", run_name="__main__")
