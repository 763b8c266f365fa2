"""Lints CloudFormation templates with cfn-lint, whose rules are read once."""

from __future__ import annotations

from functools import cache

from cfnlint.config import ConfigMixIn
from cfnlint.decode import decode_str
from cfnlint.rules import Match
from cfnlint.runner import Runner


def lint(text: str, region: str = "us-west-2") -> list[Match]:
    """What cfn-lint finds in the text of a template."""
    template, problems = decode_str(text)
    return problems or [*_runner(region).validate_template(template)]


@cache
def _runner(region: str) -> Runner:
    return Runner(ConfigMixIn(regions=[region]))
