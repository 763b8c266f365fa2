"""Every option of the commands is tried with every role and add-on; here a slice of it, all in `make soak`."""

from __future__ import annotations

import os

import pytest

from crossing import CROSSED, FLAGS, RUN, faults, options_of, runs, sliced

SLICES = 8
SEED = int(os.environ.get("SEED", "12"))


@pytest.mark.parametrize("number", range(2))
def test_no_option_breaks_with_any_role(number: int) -> None:
    found = faults(sliced(SLICES, SEED)[number::2], reads_all=False)
    assert not found, "\n".join(found[:10])


def test_every_option_is_among_them() -> None:
    assert options_of("compose") == {*FLAGS, *CROSSED, *RUN}
    for command in ("show", "list", "explain"):
        given = {word for run in runs() if run.command == command for word in run.arguments if word.startswith("--")}
        assert given == options_of(command)
