"""What tests/mutants.yaml lists are small changes that `make mutants` would make."""

from __future__ import annotations

import mutation


def test_each_listed_change_is_one_that_can_be_made() -> None:
    listed, made = mutation._equivalent(), {mutant.lasting for mutant in mutation.mutants()}
    assert listed
    assert listed <= made, listed - made
