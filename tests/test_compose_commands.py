"""Commands of the AWS CLI as requests: what is read of each kind is kept, see tests/test_input_damage.py."""

from __future__ import annotations

from pathlib import Path

from composing import problems, reading
from support import run


def test_values_in_many_braces_are_told(tmp_path: Path) -> None:
    (told,) = problems(reading(tmp_path, "aws sagemaker create-model --primary-container " + "A={" * 500, "deploy.sh"))
    assert "neither JSON nor Key=value" in told


def test_a_command_alone_is_composed_and_one_with_its_error_is_explained() -> None:
    done = run("aws sagemaker delete-app --domain-id d-1 --space-name s --app-type JupyterLab --app-name default")
    assert "command: sagemaker-roles compose" in done.stderr
    assert ":app/d-1/s/" in done.stdout
    text = "$ aws sagemaker create-app --app-name a\nAn error occurred (AccessDeniedException): not authorized"
    assert "Denied:  sagemaker:CreateApp" in run(text).stdout
