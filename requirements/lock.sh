#!/bin/sh
# Makes the lock files: versions and hashes of everything that is installed, for every Python that is supported.
# Run it with the oldest one (Python 3.11), which needs the most packages. It asks the package index; nothing else does.
set -eu
cd "$(dirname "$0")/.."
tools=build/lock
[ -x $tools/bin/pip-compile ] || { "${PYTHON:-python3}" -m venv $tools && $tools/bin/pip install -q "pip-tools==7.6.2"; }
export CUSTOM_COMPILE_COMMAND="make lock"
compile() {
    $tools/bin/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
        --no-emit-trusted-host --no-emit-find-links ${UPGRADE:+--upgrade} "$@"
}
compile --extra build --build-deps-for editable -o requirements/build.txt pyproject.toml
compile --extra build --extra test -c requirements/build.txt -o requirements/test.txt pyproject.toml
compile --extra test-all -c requirements/test.txt -o requirements/test-all.txt pyproject.toml
compile --extra docs -c requirements/test.txt -c requirements/test-all.txt -o requirements/docs.txt pyproject.toml
compile -o requirements/bench.txt requirements/bench.in
compile -o requirements/spark.txt requirements/spark.in
compile -o requirements/sdk-v2.txt requirements/sdk-v2.in
compile --extra aws --extra capture --extra code --extra fleet --extra mcp -c requirements/test.txt -o requirements/rehearse.txt \
    pyproject.toml requirements/rehearse.in
