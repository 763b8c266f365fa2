#!/bin/sh
# Fetches the policy of a role with add-ons from a site, checks it against the manifest, fills it, and prints it:
#   policy.sh VERSION_URL VALUES_FILE [SHA256_OF_MANIFEST]
# Needs curl, jq and sha256sum. Give the sum of the manifest that you reviewed; it pins every other file.
set -eu
version=$1
values=$(realpath "$2")
role=operations/CreateTrainingJob/execution
cd "$(mktemp -d)"
trap 'rm -rf "$PWD"' EXIT

curl -fsS -o manifest.json "$version/manifest.json"
if [ $# -gt 2 ]; then
    echo "$3  manifest.json" | sha256sum --check --strict --quiet - >&2
fi
for file in policy.json addons/vpc.patch.json addons/kms-output.patch.json; do
    curl -fsS --create-dirs -o "$role/$file" "$version/$role/$file"
    jq -r --arg path "$role/$file" '.files[] | select(.path == $path) | "\(.sha256)  \(.path)"' manifest.json |
        sha256sum --check --strict --quiet - >&2
done

# Add-ons only append statements, so their patches need no more than this.
jq --slurpfile values "$values" --slurpfile vpc "$role/addons/vpc.patch.json" \
    --slurpfile kms "$role/addons/kms-output.patch.json" '
    def fill: gsub("\\$\\{(?<name>[A-Z][A-Za-z0-9]*)\\}"; .name as $name | $values[0][$name] // error("no value for \($name)"));
    .Statement += [($vpc, $kms)[0][].value]
    | walk(if type == "string" then fill else . end)
' "$role/policy.json"
