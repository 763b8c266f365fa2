"""Commands of the AWS CLI as requests: what is read of each kind is kept, see tests/test_input_damage.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from composing import problems, reading
from support import run

ROLE = "arn:aws:iam::111122223333:role/Model"


def test_values_in_many_braces_are_told(tmp_path: Path) -> None:
    (told,) = problems(reading(tmp_path, "aws sagemaker create-model --primary-container " + "A={" * 500, "deploy.sh"))
    assert "neither JSON nor Key=value" in told


def test_a_command_alone_is_composed_and_one_with_its_error_is_explained() -> None:
    done = run("aws sagemaker delete-app --domain-id d-1 --space-name s --app-type JupyterLab --app-name default")
    assert "command: sagemaker-roles compose" in done.stderr
    assert ":app/d-1/s/" in done.stdout
    text = "$ aws sagemaker create-app --app-name a\nAn error occurred (AccessDeniedException): not authorized"
    assert "Denied:  sagemaker:CreateApp" in run(text).stdout


CREATE = f"aws sagemaker create-model --model-name m --execution-role-arn {ROLE}"


@pytest.mark.parametrize(
    "text",
    [
        f"set -e\nX=$({CREATE} --query 'a(b)')\necho $X",
        f"set -e\nif ! {CREATE}; then\n  exit 1\nfi",
        f'#!/bin/bash\nmake() {{\n  local X="$({CREATE})"\n}}\nmake',
        f"#!/bin/bash\nfunction make {{\n{CREATE}\n}}",
        f"#!/bin/bash\ncat > x.json <<'EOF'\naws sagemaker create-nothing --a it's\nEOF\n{CREATE}",
        f'#!/bin/bash\nR={ROLE}\ncat <<EOF > in.json\n{{"ModelName": "m", "ExecutionRoleArn": "$R"}}\nEOF\n'
        "aws sagemaker create-model --cli-input-json file://in.json",
        f"# Use\n\nText with aws commands.\n\n```bash\n$ {CREATE}\n```\n\n```python\nx = 1\n```\n",
        "aws sagemaker create-model --cli-input-json file://beside.json",
        f"aws sagemaker create-model --model-name m --execution-role-arn {ROLE} --vpc-config file://./vpc.json",
    ],
)
def test_scripts_as_people_have_them(tmp_path: Path, text: str) -> None:
    (tmp_path / "beside.json").write_text(f'{{"ModelName": "m", "ExecutionRoleArn": "{ROLE}"}}')
    (tmp_path / "vpc.json").write_text('{"Subnets": ["subnet-0123456789abcdef0"]}')
    found = reading(tmp_path, text, "README.md" if text.startswith("# Use") else "deploy.sh")
    (request,) = found.requests
    assert (request.operation, request.members["ModelName"]) == ("CreateModel", "m")
    assert request.members["ExecutionRoleArn"] == ROLE
    assert "vpc-config" not in text or request.members["VpcConfig"]["Subnets"] == ["subnet-0123456789abcdef0"]
    assert not problems(found)
    assert "1 command of the AWS CLI found, 1 understood" in [one.message for one in found.notices]


def test_commands_of_other_services_are_the_callers(tmp_path: Path) -> None:
    text = f"set -e\naws s3 cp model.tar.gz s3://$BUCKET/m/\n{CREATE}\n"
    text += "aws sagemaker wait nothing\naws gamelift list-fleets\n"
    (tmp_path / "deploy.sh").write_text(text)
    done = run("compose", "--request", str(tmp_path / "deploy.sh"), "--region", "us-west-2", "--part", "caller")
    assert done.returncode == 1
    assert "s3:PutObject" in done.stdout and "arn:aws:s3:::${Bucket}/m/model.tar.gz" in done.stdout
    for line, what in ((4, "aws sagemaker wait nothing"), (5, "aws gamelift list-fleets")):
        assert f"deploy.sh:{line}:1: calls {what}; this project does not know what it needs" in done.stderr
    assert "4 commands of the AWS CLI found, 2 understood" in done.stderr


def test_a_file_outside_the_folder_of_the_script_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text('{"ModelName": "secret"}')
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link.json").symlink_to(tmp_path / "secret.json")
    for name in ("../secret.json", "link.json", str(tmp_path / "secret.json")):
        found = reading(tmp_path / "in", f"aws sagemaker create-model --cli-input-json file://{name}", "deploy.sh")
        assert any("the file is not read" in one for one in problems(found))
        assert not any("secret" in str(one.members) for one in found.requests)
