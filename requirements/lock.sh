#!/bin/sh
# Makes the lock files: versions and hashes of everything that is installed, for every Python that is supported, and
# says how old each is. `make lock` runs it, in build/lock. It asks the package index; nothing else does.
set -eu
cd "$(dirname "$0")/.."
tools=build/lock/bin
$tools/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
    echo "make lock: the oldest Python that is supported needs the most packages; run 'make distclean', then 'make lock PYTHON=python3.11'" >&2
    exit 1
}
export CUSTOM_COMPILE_COMMAND="make lock"
compile() {
    $tools/python -m piptools compile -q --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
        --no-emit-trusted-host --no-emit-find-links ${UPGRADE:+--upgrade} "$@"
}
compile --extra build --build-deps-for editable -o requirements/build.txt pyproject.toml
compile -c requirements/build.txt -o requirements/run.txt pyproject.toml
compile --extra build --extra test -c requirements/build.txt -o requirements/test.txt pyproject.toml
compile --extra test-all -c requirements/test.txt -o requirements/test-all.txt pyproject.toml
compile --extra docs -c requirements/test.txt -c requirements/test-all.txt -o requirements/docs.txt pyproject.toml
compile -o requirements/lock.txt requirements/lock.in
compile -o requirements/bench.txt requirements/bench.in
compile -o requirements/spark.txt requirements/spark.in
compile -o requirements/sdk-v2.txt requirements/sdk-v2.in
compile -o requirements/servers.txt requirements/servers.in
compile --extra aws --extra capture --extra code --extra fleet --extra mcp --extra terraform -c requirements/test.txt -o requirements/rehearse.txt \
    pyproject.toml

# How old a lock is: the day of the last commit that changed a version in it.
for lock in requirements/*.txt; do
    if ! git diff --quiet -G'^[a-z].*==' HEAD -- "$lock" || ! git ls-files --error-unmatch "$lock" >/dev/null 2>&1; then
        echo "$lock: versions changed and not committed"
    else
        set -- $(git log -1 -G'^[a-z].*==' --format='%ct %cs' -- "$lock")
        echo "$lock: versions of $2, $((($(date +%s) - $1) / 86400)) days old"
    fi
done
