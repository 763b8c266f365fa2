"""A statement leads to its line in the records."""

from __future__ import annotations

import json

from built import ROOT

from sagemaker_roles.publish.lines import LINES
from sagemaker_roles.site.published import Published, grantees
from sagemaker_roles.site.write import place_of

WRITTEN = json.loads((ROOT / "build" / "compiled" / LINES).read_bytes())


def test_statements_lead_to_the_line_with_their_sid() -> None:
    published = Published(ROOT / "build" / "v1")
    places = exact = 0
    for name in published.names:
        for grantee in grantees(published.operations[name]):
            for holder in [grantee, *grantee["addons"]]:
                for item in holder["statements"]:
                    file, _, line = place_of(WRITTEN, name, grantee["id"], item).partition("#L")
                    assert (ROOT / file).is_file(), (name, item["statement"]["Sid"])
                    places += 1
                    if line:
                        written = (ROOT / file).read_text("utf-8").splitlines()[int(line) - 1]
                        own = written.partition("Sid: ")[2]
                        # The statement of a call follows from its resource, and that of its tags from `tags`.
                        key = written.partition(":")[0].strip()
                        own = own or {"resource": name.rpartition("-")[2], "tags": "TagOnCreate"}[key]
                        assert item["statement"]["Sid"].endswith(own)
                        exact += 1
    # Others come from the record of a step or job that the operation starts.
    assert exact > 0.9 * places > 3000


def test_a_role_has_its_own_line_of_a_sid_that_several_have() -> None:
    published = Published(ROOT / "build" / "v1")
    record = published.operations["CreateNotebookInstance"]
    item = next(item for item in record["caller"]["statements"] if item["statement"]["Sid"] == "CreateNotebookInstance")
    place = place_of(WRITTEN, "CreateNotebookInstance", "caller", item)
    lines = (ROOT / "data/operations/CreateNotebookInstance.yaml").read_text("utf-8").splitlines()
    assert int(place.partition("#L")[2]) > lines.index("caller:")
