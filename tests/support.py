"""What several tests share: the knowledge base, its published files, and the JSON Schemas."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from frozen import frozen
from kb.aws.reference import aws_reference
from kb.publish import artifacts, compiled_catalog, proof, schemas
from kb.records import editor_schemas, loading
from sagemaker_roles.catalog import ACTIONS, Catalog

Some = TypeVar("Some")

ROOT = Path(__file__).parents[1]

#: Whether this is `make soak`, where nothing is drawn and everything is looked at.
SOAKS = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
DATA = ROOT / "data"
SCRIPTS = ROOT / "scripts"

#: What an installation brings, all of it permissively licensed.
DEPENDENCIES = {"click", "jmespath", "jsonpatch", "jsonpointer", "pyyaml"}


#: Members of a CreateModel request.
MODEL = {
    "ModelName": "m",
    "ExecutionRoleArn": "arn:aws:iam::111122223333:role/R",
    "PrimaryContainer": {
        "Image": "111122223333.dkr.ecr.us-west-2.amazonaws.com/abc:1",
        "ModelDataUrl": "s3://amzn-s3-demo-bucket/model.tar.gz",
    },
}


@cache
def loaded() -> loading.Loaded:
    """The knowledge base as read from data/."""
    return loading.load(DATA)


@cache
def compiled() -> Catalog:
    """The catalog as the composer reads it, made from data/; tests share it, and none can change what it holds."""
    return Catalog(frozen(json.loads(json.dumps(artifacts.compiled(loaded().catalog, aws_reference()).data))))


@cache
def published() -> dict[str, bytes]:
    """Every published file by its path below the version's folder, made anew from data/."""
    measured = proof.read(ROOT / "build" / "v1" / "next")
    return dict(artifacts.render(loaded().catalog, aws_reference(), measured=measured))


@cache
def stored() -> dict[str, bytes]:
    """The files of the compiled catalog, made anew from data/."""
    beside = [(ACTIONS, published()[ACTIONS]), compiled_catalog.managed_file(DATA)]
    return dict([*compiled_catalog.compiled_files(json.loads(published()["catalog.json"])), *beside])


def document(path: str) -> Any:
    """One published file, parsed anew, so that a test may change it."""
    return json.loads(published()[path])


def schema_of(path: str) -> str:
    """Name of the JSON Schema a published file has."""
    name = path.rpartition("/")[2]
    if name.endswith(".patch.json"):
        return "patch.schema.json"
    if name == "trust-policy.json":
        return "trust-policy.schema.json"
    if name in ("policy.json", "caller-policy.json"):
        return "policy.schema.json"
    return name.removesuffix(".json") + ".schema.json"


@cache
def json_schemas() -> dict[str, Any]:
    """The JSON Schemas of the published files, by file name."""
    return {name: json.loads(content) for name, content in schema_files().items()}


@cache
def schema_files() -> dict[str, bytes]:
    """The files of the JSON Schemas of the published files."""
    return schemas.json_schemas(dict(editor_schemas.json_schemas(loaded())))


@cache
def validator(name: str) -> Draft202012Validator:
    """A validator for one of the JSON Schemas; references between them stay local."""
    registry: Registry[Any] = Registry().with_resources(
        (key, Resource.from_contents(schema)) for key, schema in json_schemas().items()
    )
    return Draft202012Validator(json_schemas()[name], registry=registry)


def output_schema(name: str) -> Any:
    """The JSON Schema of what a command prints (audit, explanation)."""
    return json.loads((SCRIPTS / "sagemaker_roles" / "outputs" / f"{name}.schema.json").read_bytes())


def drawn(items: Iterable[Some], count: int) -> list[Some]:
    """So many of some items, in their order; all in `make soak`.

    What is published draws them: the same on every machine, and others after a change of records.
    """
    every = list(items)
    if SOAKS or count >= len(every):
        return every
    seed = (ROOT / "build" / "v1" / "next" / "proof.json").read_text("utf-8")
    return [every[place] for place in sorted(random.Random(seed).sample(range(len(every)), count))]  # noqa: S311


def calls_of(work: Callable[[], object]) -> int:
    """How many functions a work calls: a measure of its time that is the same on every machine."""
    calls = 0

    def count(_frame: object, event: str, _what: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(before)
    return calls


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    """A file system with little room, mounted at a folder.

    Where this machine lets none be mounted the test is skipped and says so; in continuous integration it fails.

    Args:
        folder: an empty folder.
        size: how large, as mount reads it (``8m``).
    """
    options = f"size={size},uid={os.getuid()},gid={os.getgid()}"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    for before in ([], ["sudo", "-n"]):
        if shutil.which([*before, "mount"][0]) and not subprocess.run([*before, *mount], check=False).returncode:
            try:
                yield
            finally:
                subprocess.run([*before, "umount", str(folder)], check=True)
            return
    message = "this machine mounts no tmpfs, neither for this user nor with sudo"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


#: Nothing of the machine's own settings, and the same names everywhere.
GIT = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
GIT |= {f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(*arguments: str | Path, cwd: Path = ROOT, date: str = "") -> str:
    """Runs git; what it says."""
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date} if date else {}
    env = {**os.environ, **GIT, **dates}
    done = subprocess.run(["git", *arguments], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs `python -m sagemaker_roles` from this checkout; ``env`` adds to the environment."""
    env = {**os.environ, "PYTHONPATH": str(SCRIPTS), **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "sagemaker_roles", *map(str, arguments)],
        env=env,
        text=True,
        check=False,
        **{"capture_output": True, "timeout": 300, **options},
    )
