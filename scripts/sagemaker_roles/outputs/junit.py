"""Write what an audit finds as JUnit's XML, which build servers show: a suite a role, a case a finding."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from .sarif import RULES, results

#: What XML 1.0 has no place for (section 2.2).
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="sagemaker-roles">\n'
TAIL = "</testsuites>\n"


def suite(role: Mapping[str, Any]) -> str:
    """The suite of a role, given as the report has it in JSON; errors and warnings of SARIF's are failures."""
    name = role["role"] or "The role"
    cases, failures = [], 0
    for one in results(role):
        text = one["message"]["text"]
        case = f"  <testcase classname={_attribute(name)} name={_attribute(text[:200])}"
        if one["level"] == "note":
            cases.append(f"{case}><system-out>{_text(text)}</system-out></testcase>")
        else:
            failures += 1
            message = f"<failure type={_attribute(one['ruleId'])} message={_attribute(RULES[one['ruleId']][1])}>"
            cases.append(f"{case}>{message}{_text(text)}</failure></testcase>")
    if not cases:
        cases.append(f"  <testcase classname={_attribute(name)} name={_attribute(role['verdict'])}/>")
    head = f'<testsuite name={_attribute(name)} tests="{len(cases)}" failures="{failures}">'
    return "\n".join([head, *cases, "</testsuite>"])


def _text(text: str) -> str:
    return escape(_NOT_IN_XML.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_NOT_IN_XML.sub("\ufffd", text))
