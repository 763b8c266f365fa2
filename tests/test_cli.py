"""The command line: exit codes, what goes to which stream, and hints for what was probably meant."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
from click.testing import CliRunner, Result

from sagemaker_roles import Catalog, Request, __version__, compose
from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog import CatalogError, Compiled
from sagemaker_roles.cli.main import COMMANDS, cli
from support import ROOT, SCRIPTS, compiled, published, run, stored

FOLDER = "operations/CreateTrainingJob/"


def called(*arguments: str, **options: Any) -> Result:
    """The command line in this process."""
    return CliRunner().invoke(cli, arguments, **options)


# --- show ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        ([], "execution/policy.json"),
        (["--role", "execution"], "execution/policy.json"),
        (["--part", "trust"], "execution/trust-policy.json"),
        (["--part", "caller"], "caller-policy.json"),
        (["--part", "record"], "operation.json"),
    ],
)
def test_show_prints_the_published_bytes(arguments: list[str], file: str) -> None:
    done = called("show", "CreateTrainingJob", *arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout_bytes == published()[FOLDER + file]


def test_show_says_that_a_policy_has_no_statement() -> None:
    done = called("show", "CreateFeatureGroup")
    assert (done.exit_code, json.loads(done.stdout)["Statement"]) == (0, [])
    assert done.stderr == (
        "note: policy: it contains no statement: CreateFeatureGroup needs something only with an add-on\n"
    )


@pytest.mark.parametrize("scope", ["scoped", "broad"])
@pytest.mark.parametrize("addons", [["kms-output", "vpc", "vpc"], []])
def test_show_puts_add_ons_in(addons: list[str], scope: Literal["scoped", "broad"]) -> None:
    given = ["--scope", scope, *([word for addon in addons for word in ("--addon", addon)] or ["--all-addons"])]
    every = [addon.id for addon in compiled().operation("CreateTrainingJob").roles[0].addons]
    expected = compose(compiled(), [Request("CreateTrainingJob")], scope=scope, addons=addons or every).policy
    assert called("show", "CreateTrainingJob", *given).stdout_bytes == canonical(expected.to_json())


# --- without a command --------------------------------------------------------------------------------------------

REQUEST = str(ROOT / "tests" / "inputs" / "aws" / "training-job.json")
POLICY = str(ROOT / "tests" / "fixtures" / "roles" / "policy.json")
DENIED = "User: arn:aws:iam::111122223333:user/me is not authorized to perform: sagemaker:CreateModel on resource: *"


@pytest.mark.parametrize(
    ("given", "command", "stdin"),
    [
        (["CreateModel", "--part", "trust"], ["show", "CreateModel", "--part", "trust"], ""),
        (["create_model", "CreateEndpoint"], ["list", "CreateModel", "CreateEndpoint"], ""),
        (["InvokeEndpoint"], ["show", "InvokeEndpoint"], ""),
        (["s3:GetObject"], ["list", "--find", "s3:GetObject"], ""),
        (["ecr", "pull", "denied"], ["list", "--find", "ecr pull denied"], ""),
        (["ListBuckets"], ["list", "--find", "ListBuckets"], ""),
        (["kms grant", "--format", "json"], ["list", "--find", "kms grant", "--format", "json"], ""),
        ([DENIED], ["explain", DENIED], ""),
        (["-"], ["explain", "-"], DENIED),
        ([REQUEST, "--merge"], ["compose", REQUEST, "--merge"], ""),
        ([Path(REQUEST).read_text()], ["compose", "-"], Path(REQUEST).read_text()),
        ([POLICY, "CreateModel"], ["audit", "--account-details", POLICY, "CreateModel"], ""),
        (["-", POLICY], ["audit", "--request", "-", "--account-details", POLICY], Path(REQUEST).read_text()),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_given_decides_the_command(given: list[str], command: list[str], stdin: str) -> None:
    done, named = called(*given, input=stdin), called(*command, input=stdin)
    first, _, rest = done.stderr.partition("\n")
    assert first.startswith(f"command: sagemaker-roles {command[0]} ")
    assert (done.exit_code, done.stdout, rest) == (named.exit_code, named.stdout, named.stderr)
    assert done.stdout


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("s3:getobject", ("AssociateEnvironmentRole", "environment")),
        ("hyperpod", ("CreateCluster", "instance-group")),
        ("feature store", ("CreateFeatureGroup", "execution")),
        ("kms grant", ("CreateAlgorithm", "validation")),
        # Words of messages lead nowhere, a call has another name than its action, and few words stand in titles.
        ("ecr pull denied", ("CreateDomain", "execution")),
        ("studio s3", ("CreateDomain", "execution")),
        ("ListBuckets", ("CreateDomain", "execution")),
        ("canvas", ("CreateDomain", "execution")),
    ],
)
def test_actions_and_words_are_found_as_in_the_box(text: str, first: tuple[str, str]) -> None:
    found = json.loads(called("list", "--find", text, "--format", "json").stdout)
    assert (found[0]["operation"], found[0]["role"]) == first
    assert called("list", "--find", text).stdout.splitlines()[0].split()[:2] == [*first]
    assert called("list", "--find", "no-such-thing").exit_code == 1


@pytest.mark.parametrize("color", [True, False])
def test_a_terminal_gets_color_and_lines_that_fit(color: bool) -> None:
    """Run in a pseudo-terminal, at 60 columns; names in columns, and a hint in color."""
    code = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    env = {**os.environ, "PYTHONPATH": str(SCRIPTS), "COLUMNS": "60", "NO_COLOR": "" if color else "1"}

    def shown(*arguments: str) -> list[str]:
        command = [sys.executable, "-c", code, sys.executable, "-m", "sagemaker_roles", *arguments]
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert done.returncode in (0, 2)
        return done.stdout.splitlines()

    hint = shown("show", "CreateModels")
    assert any("\x1b[31m" in line for line in hint) is color
    names = shown("list")
    assert len(names) < 80 and {word for line in names for word in line.split()} >= {*compiled().operations}
    assert all(len(re.sub(r"\x1b\[\d*m", "", line)) <= 60 for line in (*hint, *names))
    assert len(shown("list", "--all")) > 200


# --- list ---------------------------------------------------------------------------------------------------------


def test_list_tells_every_operation_role_and_add_on() -> None:
    done = called("list")
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line for line in lines if line and line[0] != " "] == compiled().operations
    for role in (role for name in compiled().operations for role in compiled().operation(name).roles):
        assert any(line.split(":")[0] == f"  {role.id}" for line in lines)
        for addon in role.addons:
            assert any(line.split()[0] == addon.id and line.endswith(addon.title) for line in lines if line)
    assert all(line == line.rstrip() for line in lines)


def test_list_is_aligned_and_tells_what_decides() -> None:
    addons = [line for line in called("list", "CreateTrainingJob").stdout.splitlines() if line.startswith("    ")]
    rows = {line.split()[0]: line.split()[1] for line in addons}
    assert (rows["vpc"], rows["kms-input"]) == ("request", "you")
    starts = {tuple(found.start() for found in re.finditer(r"\S+", line))[:3] for line in addons}
    assert len(starts) == 1, "columns start at one place"


def test_list_as_json_is_the_same_in_full() -> None:
    rows = json.loads(called("list", "--format", "json").stdout)
    assert [row["operation"] for row in rows] == compiled().operations
    (one,) = json.loads(called("list", "createTrainingJob", "--format", "json").stdout)
    assert one in rows
    addon = next(item for item in one["roles"][0]["addons"] if item["id"] == "vpc")
    decided = {"activation": "request", "when": "VpcConfig", "usage": "", "request": "CreateTrainingJob"}
    assert addon == {"id": "vpc", "title": "Amazon VPC", **decided}


# --- the program itself -------------------------------------------------------------------------------------------


def test_version_and_help() -> None:
    assert called("--version").stdout == f"sagemaker-roles, version {__version__}\n"
    for arguments in (["-h"], *([name, "--help"] for name in COMMANDS)):
        done = called(*arguments)
        assert (done.exit_code, done.stderr) == (0, "")
        assert "Usage: " in done.stdout
        assert "Examples:\n  " in done.stdout.replace("\n    ", "\n  ")
        assert "..." not in done.stdout.partition("Commands:")[2], "a command's short help is cut off"


@pytest.mark.parametrize(
    ("line", "word", "first"),
    [
        ("show", "createtr", "CreateTrainingJob"),
        ("compose", "CreateMod", "CreateModel"),
        ("list", "CreateDom", "CreateDomain"),
        ("show CreateTrainingJob --addon", "vp", "vpc"),
        ("show CreateTrainingJob --role", "", "execution"),
        ("", "aud", "audit"),
    ],
)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_names(shell: str, line: str, word: str, first: str) -> None:
    words = f"sagemaker-roles {line} {word}".replace("  ", " ")
    asked = {
        "_SAGEMAKER_ROLES_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": word if shell == "fish" else str(len(f"sagemaker-roles {line}".split())),
    }
    done = CliRunner().invoke(cli, [], prog_name="sagemaker-roles", env=asked)
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.search(rf"(?m)^(?:plain[,\n])?{first}\b", done.stdout), done.stdout


def test_the_line_that_turns_completion_on_is_documented() -> None:
    guide = (ROOT / "docs" / "guides" / "installation.md").read_text("utf-8")
    for shell in ("bash", "zsh", "fish"):
        done = CliRunner().invoke(
            cli, [], prog_name="sagemaker-roles", env={"_SAGEMAKER_ROLES_COMPLETE": f"{shell}_source"}
        )
        assert done.exit_code == 0 and "sagemaker" in done.stdout
        assert f"_SAGEMAKER_ROLES_COMPLETE={shell}_source sagemaker-roles" in guide


def test_every_option_of_compose_is_in_a_group() -> None:
    assert "Other options:\n  -h, --help" in called("compose", "--help").stdout


def test_the_console_command_is_the_module() -> None:
    command = Path(sys.executable).with_name("sagemaker-roles")
    done = subprocess.run([command, "show", "CreateTrainingJob"], capture_output=True, check=True)
    assert done.stdout == published()[FOLDER + "execution/policy.json"]


# --- the compiled catalog --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("index.json", b"", "index.json: "),
        ("index.json", b"\xff", "index.json: "),
        ("index.json", b"[]", "index.json: it has no operations"),
        ("index.json", b"{}", "index.json: it has no operations"),
        ("CreateTrainingJob.json", b"{", "CreateTrainingJob.json: "),
    ],
)
def test_a_catalog_that_cannot_be_read(name: str, content: bytes, said: str) -> None:
    with pytest.raises(CatalogError, match=f"^{said}"):
        Catalog(Compiled({**stored(), name: content})).operation("CreateTrainingJob")


def test_of_an_operation_two_files_are_read() -> None:
    catalog = Catalog(Compiled({name: stored()[name] for name in ("index.json", "CreateTrainingJob.json")}))
    document = compose(catalog, [Request("CreateTrainingJob")]).policy.to_json()
    assert canonical(document) == published()[FOLDER + "execution/policy.json"]


def test_a_catalog_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    """It was to be read, and nothing was to be written."""
    shutil.copytree(SCRIPTS / "sagemaker_roles", tmp_path / "sagemaker_roles")
    folder = tmp_path / "sagemaker_roles" / "compiled"

    def said() -> str:
        done = run("show", "CreateTrainingJob", env={"PYTHONPATH": str(tmp_path)}, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr

    assert said() == "sagemaker-roles: the catalog is missing; run `make build` first\n"
    folder.mkdir()
    (folder / "index.json").write_bytes(stored()["index.json"])
    head = "sagemaker-roles: the catalog cannot be read: CreateTrainingJob.json: "
    assert said() == f"{head}No such file or directory; run `make build` again\n"
    (folder / "CreateTrainingJob.json").mkdir()
    assert said() == f"{head}Is a directory; run `make build` again\n"


# --- streams and signals ---------------------------------------------------------------------------------------------


def test_a_reader_that_stops_is_no_fault() -> None:
    env = {**os.environ, "PYTHONPATH": str(SCRIPTS)}
    command = [sys.executable, "-m", "sagemaker_roles", "show", "CreateTrainingJob", "--part", "record"]
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(command, env=env, stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert done.returncode == -signal.SIGPIPE
    assert done.stderr == ""


def test_output_that_cannot_be_written_is_one_line() -> None:
    full = Path("/dev/full")
    if not full.exists():
        assert sys.platform != "linux"
        return
    with full.open("w") as stream:
        done = run("show", "CreateTrainingJob", capture_output=False, stdout=stream, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == "sagemaker-roles: cannot write: No space left on device\n"


def test_any_output_encoding_will_do() -> None:
    for arguments in (["list"], ["show", "CreateTrainingJob", "--part", "record"]):
        done = run(*arguments, env={"PYTHONIOENCODING": "ascii"}, encoding="ascii")
        assert (done.returncode, done.stderr) == (0, "")


def test_interrupting_is_exit_code_130() -> None:
    code = (
        "import signal; from sagemaker_roles.cli import list, main; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        "list.load_catalog = lambda: signal.raise_signal(signal.SIGINT); main.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "list"],
        env={"PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 130
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", "x\x1b[31m\u202e"),
        ("new", "x\x1b[31m\u202e"),
        ("compose", "CreateModel", "--patch", "x\x1b[31m\u202e"),
        ("check", "--data", "a\nb"),
        ("build", "--data", "a\nb"),
        ("compose", "CreateModel", "--patch", "a\nb"),
        ("audit", "CreateModel", "--policy", "a\nb"),
        ("diff", "a\nb", "next"),
        ("show", "a\nb"),
    ],
    ids=lambda arguments: f"{arguments[0]} {arguments[-1][:1]}",
)
def test_no_message_moves_the_cursor_turns_the_text_or_has_lines_of_others(arguments: tuple[str, ...]) -> None:
    done = called(*arguments)
    said = done.stdout + done.stderr
    assert done.exit_code
    assert "a\\nb" in said or "\\x1b" in said or "\\u001b" in said
    assert not {"\x1b", "\u202e"} & set(said) and "\nb" not in said


def test_a_name_in_a_message_ends_where_it_would_move_the_cursor() -> None:
    user = "User: arn:aws:iam::111122223333:user/\x1b[31m\u202e is not authorized to perform: s3:GetObject"
    assert not {"\x1b", "\u202e"} & set(called("explain", user).output)
