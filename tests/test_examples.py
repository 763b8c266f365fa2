"""The examples run with real tools and all make the same policy; the page shows these files and how to run them."""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hcl2
import jsonpatch
import pytest

import terraform
from cfn_lint import lint
from composing import resolved
from moto_server import client, reset
from support import ROOT, run

EXAMPLES = ROOT / "docs" / "examples"
VERSION = ROOT / "build" / "v1" / "next"
ROLE = "operations/CreateTrainingJob/execution"
#: The policy of the page of packages, whose only placeholders are Partition, Region, and Account.
SMALL = "operations/CreateEndpointConfig/execution/policy.json"
VALUES: dict[str, str] = json.loads((EXAMPLES / "values.json").read_text("utf-8"))
ADDONS = ("vpc", "kms-output")
PAGE = (EXAMPLES / "index.md").read_text("utf-8")

#: Files of the examples that the page need not show.
UNSHOWN = {"SKILL.md", ".npmrc", "index.md", "package-lock.json"}


def read(path: str) -> Any:
    return json.loads((VERSION / path).read_bytes())


def fill(document: Any) -> Any:
    """A document with the values in it, made by plain replacement in its text."""
    text = json.dumps(document)
    for name, value in VALUES.items():
        text = text.replace("${" + name + "}", value)
    assert not re.search(r"\$\{[A-Z]", text), "values.json lacks a value"
    return json.loads(text)


@pytest.fixture(scope="module")
def trust() -> Any:
    return fill(read(f"{ROLE}/trust-policy.json"))


@pytest.fixture(scope="module")
def policy() -> Any:
    """What every example must make."""
    document = read(f"{ROLE}/policy.json")
    for addon in ADDONS:
        document = jsonpatch.apply_patch(document, read(f"{ROLE}/addons/{addon}.patch.json"))
    return fill(document)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the examples beside the published files, as the page takes it for granted."""
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("node_modules"))
    (tmp_path / "examples" / "v1").symlink_to(ROOT / "build" / "v1")
    (tmp_path / "home").mkdir()
    (tmp_path / "tmp").mkdir()
    return tmp_path / "examples"


@pytest.fixture
def env(folder: Path) -> dict[str, str]:
    """An environment without credentials, whose home and temporary folder are the test's own."""
    return {
        "HOME": str(folder.parent / "home"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "TMPDIR": str(folder.parent / "tmp"),
        "no_proxy": "127.0.0.1",
    }


def command(section: str) -> str:
    """What the page says to run, from the section of an example."""
    (text,) = re.findall(rf"^## .* \{{ #{section} \}}$(.*?)(?=^## )", PAGE, re.MULTILINE | re.DOTALL)
    (block,) = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return str(block)


def shell(text: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-euc", text], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=300
    )


def without(folder: Path, name: str) -> None:
    """Takes a value out of values.json."""
    values = {key: value for key, value in VALUES.items() if key != name}
    (folder / "values.json").write_text(json.dumps(values))


# --- the page and the files -----------------------------------------------------------------------------------------


def test_the_pages_show_every_file_once_and_no_other_copy() -> None:
    names = ("from-code", "packages", "consume-json")
    guides = [(ROOT / f"docs/guides/{name}.md").read_text("utf-8") for name in names]
    shown = re.findall(r"^--8<--\ndocs/examples/(.*)\n--8<--$", "".join([PAGE, *guides]), re.MULTILINE)
    there = [file.relative_to(EXAMPLES).as_posix() for file in EXAMPLES.rglob("*") if file.is_file()]
    assert sorted(shown) == sorted(name for name in there if Path(name).name not in UNSHOWN)
    blocks = re.findall(r"^```(\w*)[^\n]*\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    for language, text in blocks:
        assert language == "sh" or re.fullmatch(r"--8<--\n\S+\n--8<--\n", text), f"show the file, no copy: {text}"


# --- scripts that print the policy ----------------------------------------------------------------------------------


@pytest.fixture
def ready(folder: Path, env: dict[str, str]) -> Path:
    """The examples with the JavaScript packages, as `npm ci` puts them there."""
    modules = ROOT / "build" / "examples" / "node_modules"
    assert (modules / "fast-json-patch").exists(), "run `make test-all`, which installs the example's packages"
    (folder / "javascript" / "node_modules").symlink_to(modules)
    return folder


@pytest.mark.parametrize("section", ["python", "javascript"])
def test_a_script_makes_the_policy(section: str, ready: Path, env: dict[str, str], policy: Any) -> None:
    done = shell(command(section), ready, env)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((ready / "policy.json").read_bytes()) == policy
    without(ready, "OutputKeyId")
    done = shell(command(section), ready, env)
    assert done.returncode != 0
    assert "OutputKeyId" in done.stderr
    assert (ready / "policy.json").read_bytes() == b""


class _Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Address of a static server of the role's published files, and their folder, whose files a test may change."""
    served = tmp_path / "served" / "v1" / "next"
    patches = (f"{ROLE}/addons/{addon}.patch.json" for addon in ADDONS)
    for path in ("manifest.json", SMALL, f"{ROLE}/policy.json", *patches):
        (served / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(VERSION / path, served / path)
    handler = functools.partial(_Handler, directory=str(tmp_path / "served"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", served
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("file", "tool"), [("policy.sh", "sh"), ("policy.py", sys.executable), ("policy.ts", "node")])
def test_one_policy_comes_without_a_package(tmp_path: Path, site: tuple[str, Path], file: str, tool: str) -> None:
    text = (EXAMPLES / "packages" / file).read_text("utf-8")
    text = text.replace("https://site.example/v1/VERSION", f"{site[0]}/v1/next")
    program = tmp_path / file.replace(".ts", ".mjs")
    program.write_text(text.replace(": Record<string, string>", ""))
    done = subprocess.run([tool, program], capture_output=True, text=True, check=True, timeout=60)
    known = {"Partition": "aws", "Region": "us-west-2", "Account": "111122223333"}
    assert json.loads(done.stdout) == json.loads(
        re.sub(r"\$\{([A-Z]\w*)\}", lambda name: known[name[1]], json.dumps(read(SMALL)))
    )


def test_curl_and_jq_make_the_policy(folder: Path, env: dict[str, str], site: tuple[str, Path], policy: Any) -> None:
    url, served = site
    for tool in ("curl", "jq", "sha256sum"):
        assert shutil.which(tool), f"{tool} is missing"
    env["SITE"] = url
    env["SUM"] = hashlib.sha256((served / "manifest.json").read_bytes()).hexdigest()
    done = shell(command("shell"), folder, env)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads((folder / "policy.json").read_bytes()) == policy
    assert not list((folder.parent / "tmp").iterdir()), "nothing is left behind"
    unpinned = shell("sh shell/policy.sh $SITE/v1/next values.json", folder, env)
    assert json.loads(unpinned.stdout) == policy


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (f"{ROLE}/policy.json", lambda text: text.replace("s3:GetObject", "s3:*")),
        (f"{ROLE}/addons/vpc.patch.json", lambda text: text + "\n"),
        ("manifest.json", lambda text: text + "\n"),
        ("manifest.json", lambda text: text.replace(f"{ROLE}/policy.json", f"{ROLE}/other.json")),
    ],
)
def test_curl_and_jq_take_no_other_file(
    path: str, change: Any, folder: Path, env: dict[str, str], site: tuple[str, Path]
) -> None:
    url, served = site
    env["SITE"], env["SUM"] = url, hashlib.sha256((served / "manifest.json").read_bytes()).hexdigest()
    text = (served / path).read_text("utf-8")
    assert change(text) != text
    (served / path).write_text(change(text), "utf-8")
    done = shell(command("shell"), folder, env)
    assert done.returncode != 0
    assert f"{path}: FAILED" in done.stdout + done.stderr or "did NOT match" in done.stderr
    assert (folder / "policy.json").read_bytes() == b""
    if path == "manifest.json":
        loose = shell("sh shell/policy.sh $SITE/v1/next values.json", folder, env)
        assert (loose.returncode == 0) is ("other.json" not in change(text)), "what the manifest lacks is refused"


def test_curl_and_jq_leave_nothing_open_and_fetch_all(
    folder: Path, env: dict[str, str], site: tuple[str, Path]
) -> None:
    url, served = site
    env["SITE"], env["SUM"] = url, hashlib.sha256((served / "manifest.json").read_bytes()).hexdigest()
    without(folder, "SubnetId")
    done = shell(command("shell"), folder, env)
    assert (done.returncode != 0, "no value for SubnetId" in done.stderr) == (True, True), done.stderr
    (served / ROLE / "addons" / "kms-output.patch.json").unlink()
    done = shell(command("shell"), folder, env)
    assert (done.returncode != 0, "404" in done.stderr) == (True, True)


# --- capturing ------------------------------------------------------------------------------------------------------


def test_the_role_of_a_program_is_composed(folder: Path, env: dict[str, str]) -> None:
    done = shell(command("capture"), folder, env)
    assert done.returncode == 0, done.stderr
    made = (folder / "policy.json").read_bytes()
    statements = json.loads(made)["Statement"]
    resources = {text for one in statements if one["Action"] == ["s3:GetObject"] for text in one["Resource"]}
    bucket = "arn:aws:s3:::amzn-s3-demo-bucket"
    assert resources == {f"{bucket}/churn/*", f"{bucket}/models/churn/output/model.tar.gz"}
    other = run("compose", "--run", "capture/train.py", "--region", "us-west-2", cwd=folder, env=env)
    assert (other.returncode, other.stdout.encode()) == (0, made), other.stderr
    assert not list((folder.parent / "home").iterdir()), "nothing is written into the home folder"


# --- boto3 ----------------------------------------------------------------------------------------------------------


def test_boto3_creates_the_role(folder: Path, env: dict[str, str], server: str, policy: Any, trust: Any) -> None:
    env |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_ENDPOINT_URL": server}
    env["AWS_DEFAULT_REGION"] = VALUES["Region"]
    iam = client("iam", server)
    without(folder, "SubnetId")
    done = shell(command("boto3"), folder, env)
    assert (done.returncode, "KeyError: 'SubnetId'" in done.stderr, iam.list_roles()["Roles"]) == (1, True, [])
    (folder / "values.json").write_text(json.dumps(VALUES))
    done = shell(command("boto3"), folder, env)
    try:
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "arn:aws:iam::111122223333:role/training\n"
        assert iam.get_role(RoleName="training")["Role"]["AssumeRolePolicyDocument"] == trust
        assert iam.get_role_policy(RoleName="training", PolicyName="permissions")["PolicyDocument"] == policy
    finally:
        reset(server)


# --- templates ------------------------------------------------------------------------------------------------------


def deployed(template: Any) -> tuple[Any, list[Any]]:
    """Trust policy and permissions policies of a template's role, with the example's values."""
    pseudo = {"Partition": "AWS::Partition", "Region": "AWS::Region", "Account": "AWS::AccountId"}
    values = {pseudo.get(name, name): value for name, value in VALUES.items()}
    (role,) = [item for item in template["Resources"].values() if item["Type"] == "AWS::IAM::Role"]
    properties = resolved(role["Properties"], values)
    return properties["AssumeRolePolicyDocument"], [item["PolicyDocument"] for item in properties["Policies"]]


def test_the_cloudformation_template_is_sound(folder: Path, env: dict[str, str], policy: Any, trust: Any) -> None:
    done = shell(command("cloudformation"), folder, env)
    assert (done.returncode, done.stderr) == (0, "")
    template = json.loads((folder / "role.template.json").read_bytes())
    assert deployed(template) == (trust, [policy])
    assert set(template["Parameters"]) == set(VALUES) - {"Partition", "Region", "Account"}
    for name, parameter in template["Parameters"].items():
        assert re.fullmatch(parameter["AllowedPattern"], VALUES[name])
    assert not lint(json.dumps(template), VALUES["Region"])
    # `compose` writes the same role by its own way.
    arguments = ["CreateTrainingJob", *(word for addon in ADDONS for word in ("--addon", addon))]
    composed = run("compose", *arguments, "--part", "all", "--format", "cloudformation", "--allow-placeholders")
    assert composed.returncode == 0, composed.stderr
    assert deployed(json.loads(composed.stdout)) == (trust, [policy])


def test_the_cdk_app_synthesizes_the_role(folder: Path, env: dict[str, str], policy: Any, trust: Any) -> None:
    """Runs the app as the CDK's command line does: the command and the context of cdk.json."""
    assert shutil.which("node"), "the CDK needs node"
    settings = json.loads((folder / "cdk" / "cdk.json").read_text("utf-8"))
    env |= {
        "CDK_CONTEXT_JSON": json.dumps(settings["context"]),
        "CDK_OUTDIR": str(folder.parent / "cdk.out"),
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(folder.parent / "jsii"),
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "true",
    }
    done = shell(settings["app"], folder / "cdk", env)
    assert done.returncode == 0, done.stderr
    template = json.loads((folder.parent / "cdk.out" / "TrainingRole.template.json").read_bytes())
    assert deployed(template) == (trust, [policy])
    parameters = {name: item["Default"] for name, item in template["Parameters"].items() if name in VALUES}
    assert parameters == {name: VALUES[name] for name in ("OutputBucket", "OutputPrefix")}
    text = json.dumps(template["Resources"])
    assert '{"Ref": "OutputBucket"}' in text
    assert VALUES["OutputBucket"] not in text
    assert not list((folder.parent / "home").iterdir()), "nothing is written into the home folder"


def test_the_terraform_module_makes_the_policies(folder: Path, policy: Any, trust: Any) -> None:
    parsed = hcl2.loads((folder / "terraform" / "main.tf").read_text("utf-8"))
    account = {
        "aws_partition": {"current": {"partition": VALUES["Partition"]}},
        "aws_region": {"current": {"region": VALUES["Region"]}},
        "aws_caller_identity": {"current": {"account_id": VALUES["Account"]}},
    }
    given = {"var": {"artifacts": str(folder / "v1" / "next"), "values": {"Account": "0"} | VALUES}, "data": account}
    named = {
        (kind.strip('"'), name.strip('"')) for block in parsed["data"] for kind, body in block.items() for name in body
    }
    assert named == {(kind, name) for kind, body in account.items() for name in body}
    assert {name.strip('"') for block in parsed["variable"] for name in block} == set(given["var"])
    module = terraform.Module(parsed, given)
    resources = {kind.strip('"'): body['"training"'] for block in parsed["resource"] for kind, body in block.items()}
    assert json.loads(module.value(resources["aws_iam_role"]["assume_role_policy"])) == trust
    assert json.loads(module.value(resources["aws_iam_role_policy"]["policy"])) == policy
    assert module.value(resources["aws_iam_role_policy"]["name"]) == "permissions"
    del given["var"]["values"]["OutputKeyId"]
    with pytest.raises(terraform.Failed, match=r"\$\{OutputKeyId\}"):
        terraform.Module(parsed, given).value(resources["aws_iam_role_policy"]["policy"])
