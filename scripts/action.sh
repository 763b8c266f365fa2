#!/usr/bin/env bash
# What the GitHub Action of action.yml runs: `install` makes a virtual environment, `audit` audits and writes the summary.
set -euo pipefail

root=${GITHUB_ACTION_PATH:?}
folder=${RUNNER_TEMP:?}/sagemaker-roles
tool=${SAGEMAKER_ROLES:-$folder/venv/bin/sagemaker-roles}

install() {
  "${PYTHON:-python3}" -m venv "$folder/venv"
  local pip=("$folder/venv/bin/python" -m pip --disable-pip-version-check --no-input install --quiet)
  "${pip[@]}" --require-hashes --requirement "$root/requirements/build.txt"
  "${pip[@]}" --no-build-isolation --no-deps "$root"
}

lines() { # the lines of a text that are not empty, each as an element of the array that is named
  local line
  local -n found=$1
  while IFS= read -r line; do
    line=${line#"${line%%[![:space:]]*}"}
    line=${line%"${line##*[![:space:]]}"}
    [ -z "$line" ] || found+=("$line")
  done <<< "$2"
}

audit() {
  mkdir -p "$folder"
  local files=() options=()
  lines files "$FILES"
  lines options "${ARGUMENTS:-}"
  [ "${#files[@]}" -gt 0 ] || { echo "::error::files is empty; name templates, plans, or requests"; return 2; }
  [ -z "${BASELINE:-}" ] || options+=(--baseline "$BASELINE")
  [ -z "${OPERATION:-}" ] || options+=("$OPERATION")
  local sarif=$folder/audit.sarif report=$folder/audit.json code=0
  "$tool" audit --if-any --fail-on "${FAIL_ON:-missing,depends,trust}" "${options[@]}" -- "${files[@]}" || code=$?
  [ "$code" -le 1 ] || return "$code"
  # The same findings once more in other forms; the exit code is that of the first run.
  "$tool" audit --if-any --fail-on none --format sarif "${options[@]}" -- "${files[@]}" > "$sarif" 2> /dev/null || true
  "$tool" audit --if-any --fail-on none --format json "${options[@]}" -- "${files[@]}" > "$report" 2> /dev/null || true
  "$tool" audit --if-any --fail-on none --format markdown "${options[@]}" -- "${files[@]}" 2> /dev/null \
    | head -c 1000000 >> "${GITHUB_STEP_SUMMARY:-/dev/null}" || true
  printf 'sarif=%s\nreport=%s\n' "$sarif" "$report" >> "${GITHUB_OUTPUT:-/dev/null}"
  return "$code"
}

case "${1:-}" in
  install | audit) "$1" ;;
  *) echo "usage: action.sh install|audit" >&2; exit 2 ;;
esac
