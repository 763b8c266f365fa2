"""What all tests share: the suites and their budgets, the wheel, an environment with it, and a server."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from hypothesis import settings

import moto_server
from support import DEPENDENCIES, ROOT

# The same examples in every run where a failure would be somebody else's; `make soak` looks for new ones.
settings.register_profile("ci", derandomize=True, database=None, print_blob=True, max_examples=50)
settings.register_profile("soak", database=None, print_blob=True)
settings.register_profile("here", max_examples=50)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "here"))

# The catalog and the indexes are a million objects that live until the end: looking through them seldom finds any.
gc.set_threshold(100_000, 50, 100)


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: tests wait for browsers, processes and the disk."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


# --- suites and budgets ---------------------------------------------------------------------------------------------

#: Processor seconds of each test file, by suite: what a file says here decides where it runs.
BUDGETS: dict[str, dict[str, float]] = yaml.safe_load((ROOT / "tests" / "budgets.yaml").read_text("utf-8"))["files"]
#: How many times its budget a file can take: a busy machine counts waiting for caches and memory as work.
GENEROUS = 3
#: Seconds of what all files share, such as the catalog; the file that runs first in a process pays for it.
SHARED = 8
_used: Counter[str] = Counter()
_phase_start = 0.0


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare which tests to run, and whether their time counts."""
    group = parser.getgroup("suites", "suites and budgets (tests/budgets.yaml)")
    group.addoption("--suite", choices=("test", "test-all"), help="only what this target of the Makefile runs itself")
    group.addoption(
        "--budgets",
        action="store_true",
        help=f"print the processor time of each file, and fail where it is over {GENEROUS} times its budget",
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files, and folders, without a test of the suite: nothing of them is imported."""
    suite = config.getoption("suite")
    if not suite or ROOT / "tests" not in collection_path.parents:
        return None
    place = collection_path.relative_to(ROOT).as_posix()
    suites = [budgets for file, budgets in BUDGETS.items() if file == place or file.startswith(f"{place}/")]
    return True if suites and not any(suite in budgets for budgets in suites) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of files that both suites run, give each its part."""
    suite = config.getoption("suite")

    def is_wanted(item: pytest.Item) -> bool:
        marked = item.get_closest_marker("test_all") is not None
        only_here = list(BUDGETS.get(item.path.relative_to(ROOT).as_posix(), ())) == ["test-all"]
        return suite == ("test-all" if marked or only_here else "test")

    if suite:
        left_out = [item for item in items if not is_wanted(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if is_wanted(item)]


def _processor_time() -> float:
    """Return the seconds of this process and of what it started and awaited."""
    return sum(os.times()[:4])


def pytest_runtest_logstart() -> None:
    """Start the clock of a test."""
    global _phase_start
    _phase_start = _processor_time()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Add the processor time to the report, which travels from the worker that ran the test."""
    global _phase_start
    report = yield
    now = _processor_time()
    report.processor, _phase_start = now - _phase_start, now
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what each file took."""
    _used[report.nodeid.partition("::")[0]] += getattr(report, "processor", 0)


def _over_budget(config: pytest.Config) -> list[str]:
    """Return the files that took more than a generous multiple of their budget."""
    suites = [config.getoption("suite")] if config.getoption("suite") else ["test", "test-all"]
    allowed = {file: sum(budgets.get(suite, 0) for suite in suites) for file, budgets in BUDGETS.items()}
    return [
        f"{file}: {used:.0f} s of processor time; the budget is {allowed.get(file, 0):g} s (tests/budgets.yaml)"
        for file, used in _used.items()
        if used > GENEROUS * (allowed.get(file, 0) + SHARED)
    ]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where a file takes far more than its budget, if that was asked for; look for garbage once."""
    # pytest looks five times through all that still lives: what is frozen it leaves out.
    gc.collect()
    gc.freeze()
    if session.config.getoption("budgets") and not hasattr(session.config, "workerinput"):
        session.exitstatus = session.exitstatus or int(bool(_over_budget(session.config)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what each file took, if that was asked for."""
    if config.getoption("budgets"):
        terminalreporter.section("processor time")
        for file, used in _used.most_common():
            terminalreporter.line(f"{used:7.1f} s  {file}")
        for problem in _over_budget(config):
            terminalreporter.line(problem, red=True)


# --- fixtures -------------------------------------------------------------------------------------------------------

#: Fails any attempt to reach another machine.
_NO_NETWORK = """
import socket
def refuse(*_, **__):
    raise AssertionError("the network was asked for")
socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refuse
"""


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as pip builds it from the checkout, without network."""
    folder = tmp_path_factory.mktemp("wheels")
    options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", folder, ROOT], check=True)
    (file,) = folder.glob("*.whl")
    return file


@pytest.fixture(scope="session")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and its dependencies only, the latter copied from this one."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / "bin" / "python"
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    for name in DEPENDENCIES:
        for file in metadata.files(name) or ():
            if ".." not in file.parts:
                target = site / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file.locate(), target)
    options = ["--quiet", "--no-index", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, "install", *options, wheel], check=True)
    (site / "sitecustomize.py").write_text(_NO_NETWORK)
    return python


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Address of a moto server, which stands in for AWS."""
    with moto_server.running() as url:
        yield url
