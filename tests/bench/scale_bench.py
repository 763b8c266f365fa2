"""Time and memory of a whole build over generated knowledge bases of 100, 1,000 and 5,000 records."""

from __future__ import annotations

import itertools
import json
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sagemaker_roles import rules
from sagemaker_roles.aws.reference import Action, AwsReference, RoleParameter
from sagemaker_roles.publish import artifacts, places, tree
from sagemaker_roles.records import loading
from sagemaker_roles.rules.context import Context

DATA = Path(__file__).parents[2] / "data"
SIZES = (100, 1000, 5000)
GROWTH = 1.3
MEMORY = 1 << 30
_COPY = re.compile(r"Copy[0-9]+Of")


class Synthetic(AwsReference):
    """AWS's data plus an operation `Copy<n>Of<Operation>` for each generated record, like the one it copies."""

    def __init__(self, names: list[str]) -> None:
        super().__init__()
        roles: dict[str, list[RoleParameter]] = {}
        for parameter in self.role_parameters:
            roles.setdefault(parameter.operation, []).append(parameter)
        copies: list[RoleParameter] = []
        for name in names:
            original = _COPY.sub("", name)
            for inputs in self.inputs.values():
                if original in inputs:
                    inputs[name] = inputs[original]  # type: ignore[index]
            copies += [RoleParameter(item.service, name, item.path) for item in roles.get(original, ())]
        self.role_parameters = (*self.role_parameters, *copies)

    def action(self, name: str) -> Action | None:
        return super().action(_COPY.sub("", name))


def generate(folder: Path, size: int) -> list[str]:
    """Writes a data folder of ``size`` records, the real ones and then copies of them; returns the copies' names."""
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("documented"))
    (folder / "site" / "families.yaml").unlink()  # which names the real operations only
    (folder / "documented").mkdir()
    originals = {file.stem: file.read_text("utf-8") for file in sorted((DATA / "operations").glob("*.yaml"))}
    for name in list(originals)[size:]:
        (folder / "operations" / f"{name}.yaml").unlink()
    copies = []
    for number in range(max(0, size - len(originals))):
        original = list(originals)[number % len(originals)]
        name = f"Copy{number}Of{original}"
        text = re.sub(rf"\b{original}\b(?!\.amazonaws)", name, originals[original])
        text = re.sub(rf"^like: {name}$", f"like: {original}", text, flags=re.MULTILINE)
        (folder / "operations" / f"{name}.yaml").write_text(text, "utf-8")
        copies.append(name)
    return copies


def steps(root: Path, size: int) -> Iterator[tuple[str, float]]:
    """Builds one knowledge base and yields the processor seconds of each step, which other work does not lengthen."""
    names = generate(root / "data", size)
    reference = Synthetic(names)
    start = time.process_time()
    loaded = loading.load(root / "data")
    yield "load", time.process_time() - start
    start = time.process_time()
    problems = [*loaded.problems, *rules.run(Context(loaded, reference))]
    yield "rules", time.process_time() - start
    # Exceptions name the real records only.
    excepted = {"exceptions", *loaded.catalog.data["exceptions"]}
    real = [item for item in problems if item.rule not in excepted]
    if real:
        print("\n".join(str(item) for item in real[:10]), file=sys.stderr)
        raise SystemExit(f"{len(real)} problems in the generated data; it must be like the real data")
    start = time.process_time()
    tree.replace_tree(root / "out" / "next", artifacts.render(loading.released(loaded), reference), places.of_next)
    yield "render and write", time.process_time() - start


def measure(size: int) -> None:
    """Runs in a process of its own and prints what it measured as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        times = dict(steps(Path(folder), size))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"times": times, "peak": peak}))


def verdict(good: bool) -> str:
    """How a line of the report ends."""
    return "ok" if good else "MISSED"


def main() -> int:
    """Prints time a record and peak memory; returns 1 if a target is missed."""
    found = {}
    for size in SIZES:
        run = subprocess.run([sys.executable, __file__, str(size)], check=True, stdout=subprocess.PIPE)
        found[size] = json.loads(run.stdout)
        each = {name: seconds / size * 1000 for name, seconds in found[size]["times"].items()}
        parts = ", ".join(f"{name} {milliseconds:.2f}" for name, milliseconds in each.items())
        print(
            f"{size:>5} records: {sum(each.values()):.2f} ms a record ({parts}), "
            f"peak memory {found[size]['peak'] / (1 << 20):.0f} MiB",
            flush=True,
        )
    cost = {size: sum(item["times"].values()) / size for size, item in found.items()}
    # From each size to the next: against the smallest alone, what a build costs at all would hide a growth.
    growth = max(cost[more] / cost[less] for less, more in itertools.pairwise(SIZES))
    peak = found[SIZES[-1]]["peak"]
    print(f"time a record from one size to the next: {growth:.2f}-fold at most ({GROWTH}) {verdict(growth <= GROWTH)}")
    print(f"peak memory {peak / (1 << 20):.0f} MiB (below 1024) {verdict(peak < MEMORY)}")
    return 0 if growth <= GROWTH and peak < MEMORY else 1


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]))
    else:
        sys.exit(main())
