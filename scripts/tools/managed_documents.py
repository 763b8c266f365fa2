"""Takes documents of AWS managed policies from the dataset managed-policies-data of data/aws/sources.yaml.

Usage: python scripts/tools/managed_documents.py managedPolicies.json [NAME...]: for the policies of
data/aws/managed-policies, those that have a document, and those named. The file is dist/managedPolicies.json of the
package.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

AWS = Path(__file__).resolve().parents[2] / "data" / "aws"
FOLDER = AWS / "managed-documents"


def main(given: str, *names: str) -> None:
    """Writes data/aws/managed-documents."""
    known = json.loads(Path(given).read_bytes())
    wanted = {file.stem for part in ("managed-policies", "managed-documents") for file in (AWS / part).glob("*.*")}
    for name in sorted({*wanted, *names}):
        if name not in known:
            print(f"{name}: not in the data set")
            continue
        policy = known[name]
        document = {
            "arn": policy["arn"],
            "version": policy["latestVersionId"],
            "changed": policy["lastUpdatedDate"][:10],
            "document": policy["versions"][policy["latestVersionId"]]["document"],
        }
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / f"{name}.json").write_text(json.dumps(document, indent=1, ensure_ascii=True) + "\n", "ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
