"""Fuzzing of all readers and options, which know the structure: no exception, no other exit code, no unsound output.

A short run with the same examples every time; `make soak` takes new ones. Inputs that failed once are in tests/corpus.
"""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import HealthCheck, given, settings

from composing import compose
from crossing import CROSSED, FLAGS, RUN, Run, fault, faults, options_of, runs, sliced
from fuzzing import CORPUS, READERS, options, texts
from support import SOAKS
from test_safety import assert_sound

fuzzed = settings(
    max_examples=3000 if SOAKS else 150,
    derandomize=not SOAKS,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def assert_good(text: str, *arguments: str) -> None:
    run = Run("compose", arguments, text)
    assert not fault(run, reads_all=False), run.line


@fuzzed
@given(texts(), options())
def test_no_input_and_no_option_break_it(text: str, given_options: tuple[str, ...]) -> None:
    assert_good(text, *given_options)


@fuzzed
@given(texts())
def test_whatever_is_composed_is_sound(text: str) -> None:
    done = compose("--request", "-", "--part", "all", "--each", "--allow-placeholders", "--explain", stdin=text)
    # Which role a part is for is said as the input has it, with what is wrong with that.
    for role in json.loads(done.out)["roles"] if done.out else ():
        assert_sound({part: value for part, value in role.items() if part != "arn"})


@fuzzed
@given(texts())
def test_a_message_of_any_structure_is_explained(text: str) -> None:
    run = Run("explain", ("--format", "json"), text)
    wrong = fault(run)
    assert not wrong, run.line


@pytest.mark.parametrize("name", sorted(file.name for file in CORPUS.iterdir()))
def test_what_failed_once_holds(name: str) -> None:
    text = (CORPUS / name).read_bytes().decode("utf-8", "surrogateescape")
    for part in ("all", "companions"):
        for form in ("json", "cli") if part == "companions" else ("json", "cloudformation", "terraform", "cli"):
            for more in ((), ("--merge",), ("--each",)):
                assert_good(text, "--request", "-", "--explain", "--part", part, "--format", form, *more)
    for reader in READERS:
        assert_good(text, "CreateModel", "--request", "-", "--input-format", reader)
    assert not fault(Run("explain", ("--format", "text"), text))


# --- every option -----------------------------------------------------------------------------------------------------


#: One run in so many is tried, others with another seed; all in `make soak`.
SLICES, SEED = 1 if SOAKS else 8, int(os.environ.get("SEED", "12"))


@pytest.mark.test_all
@pytest.mark.parametrize("number", range(2))
def test_no_option_breaks(number: int) -> None:
    found = faults(sliced(SLICES, SEED)[number::2], reads_all=SOAKS)
    assert not found, "\n".join(found[:10])


def test_every_option_is_among_them() -> None:
    assert options_of("compose") == {*FLAGS, *CROSSED, *RUN}
    for command in ("show", "list", "explain"):
        given = {word for run in runs() if run.command == command for word in run.arguments if word.startswith("--")}
        assert given == options_of(command)
