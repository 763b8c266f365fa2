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

import pytest

from sagemaker_roles import Request, __version__, compose
from sagemaker_roles.canonical import canonical
from sagemaker_roles.catalog.compiling import compiled_files
from support import DATA, ROOT, SCRIPTS, compiled, published, run, validator

FOLDER = "operations/CreateTrainingJob/"


def said(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on standard error, after checking that nothing else was said."""
    assert done.stdout == ""
    assert done.stderr.startswith("sagemaker-roles: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.removeprefix("sagemaker-roles: ").rstrip("\n")


# --- show ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        ([], "execution/policy.json"),
        (["--scope", "broad"], "execution/policy.broad.json"),
        (["--role", "execution"], "execution/policy.json"),
        (["--part", "trust"], "execution/trust-policy.json"),
        (["--part", "caller"], "caller-policy.json"),
        (["--part", "record"], "operation.json"),
    ],
)
def test_show_prints_the_published_bytes(arguments: list[str], file: str) -> None:
    done = run("show", "CreateTrainingJob", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.encode("ascii") == published()[FOLDER + file]


def test_show_puts_add_ons_in() -> None:
    role = compiled().operation("CreateTrainingJob").roles[0]
    ids = [addon.id for addon in role.addons]
    assert len(ids) > 2
    for arguments, addons in [
        (["--addon", "vpc"], ["vpc"]),
        (["--addon", "kms-output", "--addon", "vpc", "--addon", "vpc"], ["vpc", "kms-output"]),
        (["--all-addons"], ids),
    ]:
        done = run("show", "CreateTrainingJob", *arguments)
        expected = compose(compiled(), [Request("CreateTrainingJob")], addons=addons).policy
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.encode() == canonical(expected.to_json())
        assert validator("policy.schema.json").is_valid(json.loads(done.stdout))


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
        (["kms grant", "--format", "json"], ["list", "--find", "kms grant", "--format", "json"], ""),
        ([DENIED], ["explain", DENIED], ""),
        (["-"], ["explain", "-"], DENIED),
        ([REQUEST, "--merge"], ["compose", "--request", REQUEST, "--merge"], ""),
        ([Path(REQUEST).read_text()], ["compose", "--request", "-"], Path(REQUEST).read_text()),
        ([POLICY, "CreateModel"], ["audit", "--account-details", POLICY, "CreateModel"], ""),
        (["-", POLICY], ["audit", "--request", "-", "--account-details", POLICY], Path(REQUEST).read_text()),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_is_given_decides_the_command(given: list[str], command: list[str], stdin: str) -> None:
    done, named = run(*given, input=stdin), run(*command, input=stdin)
    first, _, rest = done.stderr.partition("\n")
    assert first.startswith(f"command: sagemaker-roles {command[0]} ")
    assert (done.returncode, done.stdout, rest) == (named.returncode, named.stdout, named.stderr)
    assert done.stdout


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("s3:getobject", ("AssociateEnvironmentRole", "environment")),
        ("hyperpod", ("CreateCluster", "instance-group")),
        ("feature store", ("CreateFeatureGroup", "execution")),
        ("kms grant", ("CreateAlgorithm", "validation")),
    ],
)
def test_actions_and_words_are_found_as_in_the_box(text: str, first: tuple[str, str]) -> None:
    found = json.loads(run("list", "--find", text, "--format", "json").stdout)
    assert (found[0]["operation"], found[0]["role"]) == first
    assert run("list", "--find", text).stdout.splitlines()[0].split()[:2] == [*first]
    assert run("list", "--find", "no-such-thing").returncode == 1


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
    done = run("list")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line for line in lines if line and line[0] != " "] == compiled().operations
    for name in compiled().operations:
        for role in compiled().operation(name).roles:
            assert any(line.split(":")[0] == f"  {role.id}" for line in lines)
            for addon in role.addons:
                assert any(line.split()[0] == addon.id and line.endswith(addon.title) for line in lines if line)
    assert all(line == line.rstrip() for line in lines)


def test_list_is_aligned_and_tells_what_decides() -> None:
    lines = run("list", "CreateTrainingJob").stdout.splitlines()
    assert lines[0] == "CreateTrainingJob"
    addons = [line for line in lines if line.startswith("    ")]
    assert len(addons) >= 4
    rows = {line.split()[0]: line.split()[1] for line in addons}
    assert rows["vpc"] == "request"
    assert rows["kms-input"] == "you"
    for column in (1, 2):
        starts = {re.match(r" +" + r"\S+ +" * column, line).end() for line in addons}  # type: ignore[union-attr]
        assert len(starts) == 1, f"column {column + 1} starts at one place"


def test_list_as_json_is_the_same_in_full() -> None:
    done = run("list", "--format", "json")
    rows = json.loads(done.stdout)
    assert [row["operation"] for row in rows] == compiled().operations
    one = json.loads(run("list", "createTrainingJob", "--format", "json").stdout)
    assert one == [row for row in rows if row["operation"] == "CreateTrainingJob"]
    addon = next(item for item in one[0]["roles"][0]["addons"] if item["id"] == "vpc")
    assert addon == {
        "id": "vpc",
        "title": "Amazon VPC",
        "activation": "request",
        "when": "VpcConfig",
        "usage": "",
        "request": "CreateTrainingJob",
    }


# --- check and build ----------------------------------------------------------------------------------------------


#: File, text, what takes its place, and part of the message.
UNKNOWN = (
    ("operations/CreateMlflowTrackingServer.yaml", "use: mlflow-artifacts", "use: no-set", '"no-set"'),
    ("operations/CreateImage.yaml", "trust: [sagemaker-image]", "trust: [no-trust]", '"no-trust"'),
    ("operations/CreateAlgorithm.yaml", "sources: [", "sources: [no-source, ", '"no-source"'),
    ("containers/model-trainer.yaml", "Function: lambda-function", "Function: no-kind", '"no-kind"'),
    ("containers/vllm.yaml", "use: s3-read-prefix", "use: no-set", '"no-set"'),
    ("documented/CreateNotebookInstance.yaml", "role: execution", "role: no-role", '"no-role"'),
    ("role-policies.yaml", "addons: [canvas-ai-services, ", "addons: [no-add-on, ", '"no-add-on"'),
    ("role-policies.yaml", "role: canvas-bedrock", "role: no-role", '"no-role"'),
    ("moved.yaml", "to: CreateJob/execution/mlflow-server", "to: NoOther", "NoOther"),
)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A data folder with one fault in each of two records."""
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    for name in ("ecr-pull", "ecr-login"):
        file = data / "statements" / f"{name}.yaml"
        file.write_text(file.read_text().replace("id: ", "idd: ", 1))
    return data


def test_check_prints_problems_with_position_and_exits_with_1(broken: Path) -> None:
    done = run("check", "--data", broken)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines == sorted(lines, key=lambda line: line.split(":")[0])
    assert 'data/statements/ecr-pull.yaml:2:1: schema: unknown key "idd"; did you mean "id"?' in lines
    assert done.stderr.startswith(f"{len(lines)} problems in ")


@pytest.mark.parametrize("in_containers", [False, True])
def test_check_says_which_names_are_unknown(tmp_path: Path, in_containers: bool) -> None:
    """Nothing raises, whatever a record names that is not there."""
    unknown = [item for item in UNKNOWN if item[0].startswith("containers/") is in_containers]
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    for name, old, new, _ in unknown:
        file = data / name
        text = file.read_text("utf-8")
        assert old in text, name
        file.write_text(text.replace(old, new, 1), "utf-8")
    done = run("check", "--all", "--data", data)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    for name, _, _, message in unknown:
        of_file = [line for line in done.stdout.splitlines() if line.startswith(f"data/{name}:")]
        assert any(message in line for line in of_file), (name, of_file)


def test_check_limits_what_is_told_to_paths(broken: Path) -> None:
    done = run("check", broken / "statements" / "ecr-pull.yaml", "--data", broken)
    assert done.returncode == 1
    assert {line.split(":")[0] for line in done.stdout.splitlines()} == {"data/statements/ecr-pull.yaml"}
    assert run("check", broken / "trust", "--data", broken).returncode == 0
    missing = run("check", broken / "nowhere", "--data", broken)
    assert missing.returncode == 2
    assert said(missing) == f"cannot find {broken / 'nowhere'}; give a file or folder"


def test_check_for_machines(broken: Path) -> None:
    rows = json.loads(run("check", "--format", "json", "--data", broken).stdout)
    assert {
        "path": "data/statements/ecr-pull.yaml",
        "line": 2,
        "column": 1,
        "rule": "schema",
        "message": 'unknown key "idd"; did you mean "id"?',
    } in rows
    done = run("check", "--format", "github", "--data", broken)
    assert (
        '::error file=data/statements/ecr-pull.yaml,line=2,col=1,title=schema::unknown key "idd"; did you mean "id"?'
        in done.stdout.splitlines()
    )


@pytest.mark.parametrize("command", ["check", "build"])
def test_no_data_folder(command: str, tmp_path: Path) -> None:
    done = run(command, cwd=tmp_path)
    assert done.returncode == 2
    assert said(done) == "cannot find the folder data; run the command in the root of the project, or give --data"


@pytest.mark.parametrize("command", ["check", "build"])
def test_a_data_folder_without_schemas(command: str, tmp_path: Path) -> None:
    (tmp_path / "data" / "operations").mkdir(parents=True)
    (tmp_path / "data" / "operations" / "CreateModel.yaml").write_text("operation: CreateModel\n")
    done = run(command, cwd=tmp_path)
    assert done.returncode == 1
    assert "data/schema" in done.stdout
    assert "Traceback" not in done.stderr


def test_build_says_what_it_wrote(tmp_path: Path) -> None:
    done = run("build", "--data", DATA, "--out", tmp_path / "v1" / "next")
    count = len(compiled().operations)
    assert (done.returncode, done.stdout) == (0, "")
    *figures, said = done.stderr.splitlines()
    assert said == f"{count} operations written to {tmp_path / 'v1' / 'next'}"
    assert all(line.startswith("proof.json: ") for line in figures), "of earlier policies, until they are measured anew"


# --- the program itself -------------------------------------------------------------------------------------------


def test_version_and_help() -> None:
    assert run("--version").stdout == f"sagemaker-roles, version {__version__}\n"
    for arguments in (["-h"], ["--help"], ["show", "-h"], ["list", "-h"], ["check", "-h"], ["build", "-h"]):
        done = run(*arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert "Usage: " in done.stdout
        assert "..." not in done.stdout.partition("Commands:")[2], "a command's short help is cut off"


def test_the_console_command_is_the_module() -> None:
    command = Path(sys.executable).with_name("sagemaker-roles")
    done = subprocess.run([command, "show", "CreateTrainingJob"], capture_output=True, check=True)
    assert done.stdout == published()[FOLDER + "execution/policy.json"]


def copied_package(tmp_path: Path) -> Path:
    """The package outside of a checkout, as an installed one is."""
    shutil.copytree(SCRIPTS / "sagemaker_roles", tmp_path / "lib" / "sagemaker_roles")
    return tmp_path / "lib"


@pytest.mark.parametrize("command", [["list"], ["show", "CreateTrainingJob"]])
def test_no_catalog_yet(command: list[str], tmp_path: Path) -> None:
    done = run(*command, env={"PYTHONPATH": str(copied_package(tmp_path))})
    assert done.returncode == 1
    assert said(done) == "the catalog is missing; run `make build` first"


def with_compiled(package: Path) -> Path:
    """A package with a compiled catalog; gives the folder of its files."""
    folder = package / "sagemaker_roles" / "compiled"
    folder.mkdir()
    for name, content in compiled_files(json.loads(published()["catalog.json"])):
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize("name", ["index.json", "CreateTrainingJob.json"])
@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_a_catalog_that_cannot_be_read(name: str, content: bytes, tmp_path: Path) -> None:
    package = copied_package(tmp_path)
    (with_compiled(package) / name).write_bytes(content)
    done = run("show", "CreateTrainingJob", env={"PYTHONPATH": str(package)})
    assert done.returncode == 1
    assert said(done).endswith("run `make build` again")


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_catalog_that_lacks_a_file(is_folder: bool, tmp_path: Path) -> None:
    """It was to be read, and nothing was to be written."""
    package = copied_package(tmp_path)
    file = with_compiled(package) / "CreateTrainingJob.json"
    file.unlink()
    if is_folder:
        file.mkdir()
    done = run("show", "CreateTrainingJob", env={"PYTHONPATH": str(package)})
    reason = "Is a directory" if is_folder else "No such file or directory"
    message = f"the catalog cannot be read: CreateTrainingJob.json: {reason}; run `make build` again"
    assert (done.returncode, said(done)) == (1, message)


@pytest.mark.parametrize("content", [b"[]", b"{}"])
def test_a_catalog_without_operations(content: bytes, tmp_path: Path) -> None:
    package = copied_package(tmp_path)
    (with_compiled(package) / "index.json").write_bytes(content)
    done = run("list", env={"PYTHONPATH": str(package)})
    assert (done.returncode, said(done)) == (
        1,
        "the catalog cannot be read: index.json: it has no operations; run `make build` again",
    )


def test_the_compiled_catalog_is_all_that_show_needs(tmp_path: Path) -> None:
    package = copied_package(tmp_path)
    folder = with_compiled(package)
    for file in folder.iterdir():
        if file.stem not in ("index", "CreateTrainingJob"):
            file.unlink()
    done = run("show", "CreateTrainingJob", env={"PYTHONPATH": str(package)}, cwd=tmp_path)
    assert done.stdout.encode() == published()[FOLDER + "execution/policy.json"]


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
        ("explain", "User: arn:aws:iam::111122223333:user/\x1b[31m\u202e is not authorized to perform: s3:GetObject"),
        ("compose", "CreateModel", "--patch", "x\x1b[31m\u202e"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_no_message_moves_the_cursor_or_turns_the_text(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    said = done.stdout + done.stderr
    assert done.returncode != 0 or arguments[0] == "explain"
    assert "\\x1b" in said or "\\u001b" in said or arguments[0] == "explain"  # in a message, a name ends there
    assert not {"\x1b", "\u202e"} & set(said)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--data", "a\nb"),
        ("build", "--data", "a\nb"),
        ("compose", "CreateModel", "--patch", "a\nb"),
        ("audit", "CreateModel", "--policy", "a\nb"),
        ("diff", "a\nb", "next"),
        ("show", "a\nb"),
    ],
    ids=lambda arguments: f"{arguments[0]} {arguments[1][:6].strip()}",
)
def test_a_line_end_in_a_name_makes_no_line_of_its_own(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert done.returncode
    assert "a\\nb" in done.stdout + done.stderr
    assert "\nb" not in done.stdout + done.stderr
