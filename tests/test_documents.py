"""README and CONTRIBUTING are true: they copy no policy, commands run, the record is sound, links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from kb import rules
from kb.aws.reference import aws_reference
from kb.records import loading
from kb.records.order import in_order
from kb.rules.context import Context
from support import DATA, ROOT, run
from test_architecture import LAYERS

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md")


class Block(NamedTuple):
    """A fenced block: the document, its language, the comment above it, and its text."""

    document: str
    language: str
    comment: str
    text: str


def blocks(language: str = "") -> list[Block]:
    found = []
    for name in DOCUMENTS:
        pattern = r"(?:<!-- ([^\n]*?) -->\n)?^```(\w*)\n(.*?)^```$"
        for match in re.finditer(pattern, (ROOT / name).read_text("utf-8"), re.MULTILINE | re.DOTALL):
            found.append(Block(name, match[2], match[1] or "", match[3]))
    assert found
    return [block for block in found if not language or block.language == language]


COMMANDS = [(block.document, line) for block in blocks("sh") for line in block.text.splitlines() if line]


@pytest.mark.parametrize(("name", "line"), COMMANDS)
def test_every_command_runs(name: str, line: str, tmp_path: Path) -> None:
    program, *arguments = shlex.split(line)
    if program == ".venv/bin/sagemaker-roles":
        done = run(*arguments, cwd=ROOT)
        assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    elif program == "make":
        done = subprocess.run(
            ["make", "--no-print-directory", "-n", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    else:
        assert program == "git", f"{name}: nothing checks the command {line}"
        subprocess.run([program, "--no-pager", *arguments], cwd=ROOT, capture_output=True, check=True)


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.document)
def test_every_shown_output_is_the_real_one(block: Block) -> None:
    """What a document shows is what the command prints; a line with an ellipsis stands for lines that are left out."""
    command, _, shown = block.text.partition("\n")
    done = run(*shlex.split(command)[2:], cwd=ROOT)
    parts = [re.escape(part) for part in f"\n{shown}".split("\n…\n")]
    assert done.returncode == 0 and re.fullmatch(r"\n.*?".join(parts), f"\n{done.stdout}", re.DOTALL), done


def test_the_files_that_are_named_exist() -> None:
    for name in DOCUMENTS:
        text = (ROOT / name).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert (ROOT / target).exists(), f"{name}: {target}"


def test_the_changelog_is_for_users() -> None:
    """At most twelve lines a version, of which a release writes one; each change is in changes.md of its archive."""
    for section in (ROOT / "CHANGELOG.md").read_text("utf-8").split("\n## ")[1:]:
        name, *lines = filter(None, section.splitlines())
        assert len(lines) <= 12 - (name == "Unreleased"), name
        assert max(map(len, lines), default=0) <= 160, name


def test_the_layers_are_described_as_they_are() -> None:
    """Each part of the package is in CONTRIBUTING's table, in the layer that imports may not leave."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    described = {
        (int(number), part.removesuffix(".py"))
        for number, parts in re.findall(r"^\| (\d+) \| (.*?) \|", text, re.MULTILINE)
        for part in re.findall(r"`([a-z_.]+)`", parts)
    }
    assert described == {(number, part) for number, parts in enumerate(LAYERS, 1) for part in parts}


def test_the_annotated_record_is_sound(tmp_path: Path) -> None:
    (block,) = [block for block in blocks("yaml") if block.comment == "record"]
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    name = "operations/CreateTrainingJob.yaml"
    (data / name).write_text(block.text, "utf-8")
    loaded = loading.load(data)
    problems = [*loaded.problems, *rules.run(Context(loaded, aws_reference()))]
    # The example is short on purpose, so it has no statement for most members that the other records account for.
    abridged = "members-accounted"
    faults = [str(item) for item in problems if item.position.path == f"data/{name}" and item.rule != abridged]
    assert not faults, "\n".join(faults)
    assert "CreateTrainingJob" in loaded.catalog.operations
    assert in_order(block.text, f"data/{name}", "operations", loaded.schemas) == block.text
    assert sum("#" in line for line in block.text.splitlines()) >= 25, "the record is annotated"


def test_no_document_names_a_place_of_one_machine() -> None:
    texts = {name: (ROOT / name).read_text("utf-8") for name in DOCUMENTS}
    assert not [name for name, text in texts.items() if re.search(r"(^|[ (`\"])/(work|tmp|home|root)/", text)]
