#!/bin/sh
# Makes sure that commands exist: `need.sh COMMAND PACKAGE [COMMAND PACKAGE]...`. Installs the Debian package of one
# that is missing where it may (root, apt-get), else says what to install and fails.
set -eu
missing=""
while [ $# -gt 0 ]; do
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
    shift 2
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing$missing" >&2
    # shellcheck disable=SC2086  # one word a package
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
else
    echo "make: the tests need$missing; install it with your system's package manager and run this again" >&2
    exit 1
fi
