"""Properties of the whole pipeline: the order of records makes no difference, and what is written is JSON."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.publish.operations import operation_files
from support import SOAKS, compiled, published


@settings(deadline=None, max_examples=100 if SOAKS else 15)
@given(st.randoms(use_true_random=False), st.sampled_from(compiled().operations))
def test_the_order_of_records_makes_no_difference(chance: object, name: str) -> None:
    data = dict(compiled().data)
    for part in ("operations", "statements", "resources", "trust", "sources", "partitions"):
        names = list(data[part])
        chance.shuffle(names)  # type: ignore[attr-defined]
        data[part] = {key: data[part][key] for key in names}
    files: dict[str, bytes] = {}
    operation_files(Catalog(data), name, files)
    assert files
    for path, content in files.items():
        assert content == published()[path]


_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)


@given(_JSON)
def test_artifacts_are_written_as_pythons_own_encoder_writes_them(value: object) -> None:
    assert canonical(value) == (json.dumps(value, indent=2) + "\n").encode("ascii")
