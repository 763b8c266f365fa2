"""README and CONTRIBUTING are true: policies are the published ones, commands run, code works, links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import boto3
import hcl2
import pytest
from moto import mock_aws

from sagemaker_roles import rules
from sagemaker_roles.aws.reference import aws_reference
from sagemaker_roles.canonical import canonical
from sagemaker_roles.records import loading
from sagemaker_roles.records.order import in_order
from sagemaker_roles.rules.context import Context
from support import DATA, ROOT, document, published, run

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "CODE_OF_CONDUCT.md")
ROLE = "operations/CreateTrainingJob/execution/"


class Block(NamedTuple):
    """A fenced block: the document, its language, the comment above it, and its text."""

    document: str
    language: str
    comment: str
    text: str


def blocks(language: str = "") -> list[Block]:
    found = []
    for name in DOCUMENTS:
        pattern = r"(?:<!-- (.*?) -->\n)?^```(\w*)\n(.*?)^```$"
        for match in re.finditer(pattern, (ROOT / name).read_text("utf-8"), re.MULTILINE | re.DOTALL):
            found.append(Block(name, match[2], match[1] or "", match[3]))
    assert found
    return [block for block in found if not language or block.language == language]


def test_policies_are_the_published_ones() -> None:
    found = blocks("json")
    assert found
    for block in found:
        path = block.comment.removeprefix("same as: ")
        assert path in published(), f"{block.document}: say above the JSON which file it is (`<!-- same as: … -->`)"
        assert block.text.encode() == published()[path], f"{block.document}: copy build/v1/next/{path} in"


COMMANDS = [(block.document, line) for block in blocks("sh") for line in block.text.splitlines() if line]


def test_the_two_commands_are_there() -> None:
    readme = [line for name, line in COMMANDS if name == "README.md"]
    assert readme[:2] == ["make build", "make test"]


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


def test_the_files_that_are_named_exist() -> None:
    for name in DOCUMENTS:
        text = (ROOT / name).read_text("utf-8")
        for target in re.findall(r"\]\(([^)#]+)\)", text):
            assert (ROOT / target).exists(), f"{name}: {target}"
    tree = next(block for block in blocks() if block.text.startswith("build/v1/next/index.json"))
    for line in tree.text.splitlines():
        path = line.split()[0]
        if path.startswith("build/v1/next/"):
            inside = path.removeprefix("build/v1/next/")
            assert any(item == inside or (inside.endswith("/") and item.startswith(inside)) for item in published())


def test_the_terraform_code_gives_every_placeholder_a_value() -> None:
    (block,) = blocks("hcl")
    parsed = hcl2.loads(block.text)
    values = {key.strip('"') for key in parsed["locals"][0]["values"]}
    assert placeholders("policy.json") | placeholders("trust-policy.json") <= values
    for name in re.findall(r'"\$\{local\.folder\}/([^"]+)"', block.text):
        assert ROLE + name in published()


def placeholders(name: str) -> set[str]:
    return set(re.findall(r"\$\{([A-Z]\w*)\}", published()[ROLE + name].decode()))


def test_the_python_code_makes_a_role(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = blocks("python")
    for path, content in published().items():
        (tmp_path / "build/v1/next" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "build/v1/next" / path).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    for key in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(key, "testing")
    with mock_aws():
        exec(compile(block.text, block.document, "exec"), {})  # noqa: S102
        iam = boto3.client("iam")
        policy = iam.get_role_policy(RoleName="training", PolicyName="training")["PolicyDocument"]
        trust = iam.get_role(RoleName="training")["Role"]["AssumeRolePolicyDocument"]
    sids = [statement["Sid"] for statement in policy["Statement"]]
    base = document(ROLE + "policy.json")["Statement"]
    added = [item["value"] for item in document(ROLE + "addons/kms-output.patch.json")]
    assert sids == [item["Sid"] for item in [*base, *added]]
    assert "arn:aws:s3:::amzn-s3-demo-bucket/models/*" in canonical(policy).decode()
    assert trust["Statement"][0]["Condition"]["StringEquals"] == {"aws:SourceAccount": ["111122223333"]}


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
    assert in_order(block.text, f"data/{name}", "operation", loaded.schemas) == block.text
    assert sum("#" in line for line in block.text.splitlines()) >= 25, "the record is annotated"


def test_the_changelog_has_a_place_for_what_is_new() -> None:
    assert "\n## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_no_document_names_a_place_of_one_machine() -> None:
    for name in DOCUMENTS:
        text = (ROOT / name).read_text("utf-8")
        assert not re.search(r"(^|[ (`\"])/(work|tmp|home|root)/", text), name
