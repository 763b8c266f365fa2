#!/usr/bin/env bash
# What the GitHub Action of action.yml runs: `install` makes a virtual environment, `audit` audits and writes the summary.
# Runs with bash 3.2 and the tools of BSD, as macOS has them, and with those of Windows runners.
set -euo pipefail

root=${GITHUB_ACTION_PATH:?}
folder=${RUNNER_TEMP:?}/sagemaker-roles

programs() { # the folder of the programs of the virtual environment
  if [ -d "$folder/venv/Scripts" ]; then echo "$folder/venv/Scripts"; else echo "$folder/venv/bin"; fi
}

install() {
  # In a folder of its own and isolated: the workspace, whose root may have a venv.py or a pip/, is the pull request's.
  mkdir -p "$folder"
  cd "$folder"
  "${PYTHON:-python3}" -I -m venv "$folder/venv"
  local pip=("$(programs)/python" -I -m pip --disable-pip-version-check --no-input)
  "${pip[@]}" install --quiet --no-deps --require-hashes --only-binary :all: --requirement "$root/requirements/build.txt"
  "${pip[@]}" install --quiet --no-build-isolation --no-deps "$root"
  "${pip[@]}" check
}

lines() { # fills the array `found` with the lines of a text that are not empty, without the spaces around them
  local line
  found=()
  while IFS= read -r line; do
    line=${line#"${line%%[![:space:]]*}"}
    line=${line%"${line##*[![:space:]]}"}
    [ -z "$line" ] || found+=("$line")
  done <<< "$1"
}

audit() {
  mkdir -p "$folder"
  local tool=${SAGEMAKER_ROLES:-$(programs)/sagemaker-roles} found=() more=(--if-any)
  lines "${ARGUMENTS:-}"
  # Before bash 4.4, "${found[@]}" of an array without elements is an unset variable, and set -u ends the script.
  [ "${#found[@]}" -eq 0 ] || more+=("${found[@]}")
  [ -z "${BASELINE:-}" ] || more+=(--baseline "$BASELINE")
  [ -z "${OPERATION:-}" ] || more+=("$OPERATION")
  lines "$FILES"
  [ "${#found[@]}" -gt 0 ] || { echo "::error::files is empty; name templates, plans, or requests"; return 2; }
  local sarif=$folder/audit.sarif report=$folder/audit.json code=0 token
  # What is printed names ARNs of the pull request: the runner must not take lines of it for commands.
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  echo "::stop-commands::$token"
  "$tool" audit --fail-on "${FAIL_ON:-missing,depends,trust}" "${more[@]}" -- "${found[@]}" 2>&1 || code=$?
  echo "::$token::"
  [ "$code" -le 1 ] || return "$code"
  # The same findings once more in other forms; the exit code is that of the first run.
  "$tool" audit --fail-on none --format sarif "${more[@]}" -- "${found[@]}" > "$sarif" 2> /dev/null || true
  "$tool" audit --fail-on none --format json "${more[@]}" -- "${found[@]}" > "$report" 2> /dev/null || true
  "$tool" audit --fail-on none --format markdown "${more[@]}" -- "${found[@]}" 2> /dev/null \
    | head -c 1000000 >> "${GITHUB_STEP_SUMMARY:-/dev/null}" || true
  printf 'sarif=%s\nreport=%s\n' "$sarif" "$report" >> "${GITHUB_OUTPUT:-/dev/null}"
  return "$code"
}

case "${1:-}" in
  install | audit) "$1" ;;
  *) echo "usage: action.sh install|audit" >&2; exit 2 ;;
esac
