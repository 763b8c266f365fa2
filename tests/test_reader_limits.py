"""Readers at their limits and with the odd: how much is read, what is taken for what, and where a value is found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from composing import compiled
from sagemaker_roles.catalog import ManagedDocument
from sagemaker_roles.engine.partial import Partial, Unknown
from sagemaker_roles.inputs import functions
from sagemaker_roles.inputs import template as template_module
from sagemaker_roles.inputs.functions import MAX_LEVELS
from sagemaker_roles.inputs.reader import InputDocument, Reading, ReadingContext
from sagemaker_roles.inputs.reading import read_files
from sagemaker_roles.inputs.requests import pipeline
from sagemaker_roles.inputs.requests.member_names import Style, _name, elements_of, kind_of, shortened
from sagemaker_roles.inputs.roles import read_roles
from sagemaker_roles.inputs.roles.drafts import shortened as sentences
from sagemaker_roles.inputs.roles.existing_roles import of_aws
from sagemaker_roles.inputs.roles.policy_documents import lost_element
from sagemaker_roles.inputs.template import Template
from sagemaker_roles.inputs.terraform_references import References
from sagemaker_roles.inputs.text import json_document, load
from sagemaker_roles.inputs.text.content import InputError, Source

ROLE = "arn:aws:iam::111122223333:role/R"
OPEN = Partial([Unknown("Open")])


def said(reading: Any) -> list[tuple[str, str]]:
    return [(one.kind, one.where) for one in reading.notices]


# --- what is read ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "found"),
    [
        ((), {("a", "x"): ("a", 0), ("b", "y"): ("a", 1, "B"), ("c", "x"): ("C",)}),
        (("a",), {("", "x"): ("a", 0), ("b", "y"): ("a", 1, "B")}),
        (("a", 1), {("b", "y"): ("a", 1, "B")}),
        (("a", 5), {}),
        (("d",), {}),
        (("C", "x"), {}),
    ],
)
def test_where_texts_are(base: tuple[str | int, ...], found: dict[tuple[str, str], tuple[str | int, ...]]) -> None:
    value = {"a": ["x", {"B": "y", "b_": 5}, "x"], "C": "x"}
    (document,) = load(json.dumps(value, indent=1), "input")
    reading = Reading()
    reading.places["request"] = document.below(*base)
    for member, text in (("a", "x"), ("", "x"), ("b", "y"), ("c", "x"), ("b", "x")):
        path = found.get((member, text))
        assert reading.where("request", member, text) == ("request" if path is None else document.where(path))


def test_what_a_folder_has_beside_requests_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "policy.json").write_text(json.dumps({"Version": "2012-10-17", "Statement": []}))
    (tmp_path / "other.json").write_text("{}")
    (tmp_path / "request.json").write_text(json.dumps({"CreateModel": {"ModelName": "m", "ExecutionRoleArn": ROLE}}))
    found = read_files(compiled(), [str(tmp_path)])
    assert [request.operation for request in found.requests] == ["CreateModel"]
    assert sorted((kind, Path(where).name.split(":")[0]) for kind, where in said(found)) == [
        ("note", "other.json"),
        ("note", "policy.json"),
    ]
    alone = read_files(compiled(), [str(tmp_path / "policy.json")])
    assert [kind for kind, _ in said(alone)] == ["problem"]


# --- names and values --------------------------------------------------------------------------------------------


def test_names_of_lists_in_the_singular() -> None:
    names = ReadingContext(compiled(), None, {}).names
    given = {"additional_code_repository": ["a"], "name": "n", "security_group_id": ["sg"]}
    assert names.match("CreateNotebookInstance", given, Style(blocks=True))[0] == {
        "AdditionalCodeRepositories": ["a"],
        "SecurityGroupIds": ["sg"],
    }
    assert names.match("CreateNotebookInstance", given, Style())[0] == {}


@pytest.mark.parametrize(
    ("is_yaml", "path", "at"),
    [
        (True, ("a", "b", 0), "2:7"),
        (True, ("a", "b", 0, "c"), "2:7"),
        (True, ("a", "b", "c", "d"), "2:3"),
        (True, ("a", "x", "y", "z"), "1:1"),
        (True, ("a", "x", "y"), "1:1"),
        (True, ("d",), "3:1"),
        (False, ("a", "b", 0, "c"), "2:10"),
        (False, ("a", "b", "c", "d"), "2:4"),
        (False, ("a", "x", "y"), "1:2"),
        (False, ("d",), "3:1"),
    ],
)
def test_a_value_without_a_place_has_that_of_the_nearest_above_it(
    is_yaml: bool, path: tuple[str | int, ...], at: str
) -> None:
    text = "a:\n  b: [x]\nd: 1\n" if is_yaml else '{"a":\n  {"b": ["x"]},\n"d": 1}'
    (document,) = load(text, "input")
    assert document.where(path) == f"input:{at}"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("A", 0, "B"), "A[0].B"),
        (("x", "A", "B", "C", "D", "E", "F"), "A.B.C.D.E.F"),
        ((1, "A"), "[1].A"),
        (("a" * 100, "b" * 59), "a" * 100 + "." + "b" * 59),
        (("a" * 100, "b" * 60), "..." + "a" * 96 + "." + "b" * 60),
        ((), ""),
    ],
)
def test_how_a_member_is_called(path: tuple[str | int, ...], name: str) -> None:
    assert _name(path) == name


@pytest.mark.parametrize(
    ("value", "kind"),
    [(True, "boolean"), ("", "text"), ({}, "mapping"), ([], "list"), (0, "number"), (None, "nothing")],
)
def test_what_a_value_is(value: Any, kind: str) -> None:
    assert kind_of(value).split()[-1] == kind


def test_texts_of_lists_and_long_texts() -> None:
    assert elements_of(" a , b,, \tc,X") == ["a", "b", "\tc", "X"]
    assert shortened("x" * 80) == '"' + "x" * 80 + '"' and shortened("x" * 81) == '"' + "x" * 77 + '..."'
    assert sentences(["a", "b", "a"]) == ["a", "b"]
    many = [str(number) for number in range(22)]
    assert sentences(many[:20]) == many[:20]
    assert [one.split()[0] for one in sentences(many[:21])[-2:]] == ["19", "1"]
    assert [one.split()[0] for one in sentences(many)[-2:]] == ["19", "2"]


@pytest.mark.parametrize(
    ("statement", "element"),
    [
        ("x", None),
        (OPEN, ""),
        ({"Action": "a", "Resource": OPEN, "Sid": OPEN, "NotResource": OPEN}, None),
        ({"Action": OPEN}, "Action"),
        ({"Action": ["a", OPEN]}, "Action"),
        ({"NotAction": ["a", OPEN]}, "NotAction"),
        ({"Action": ["a"], "Principal": ["a", OPEN]}, None),
        ({"Principal": OPEN}, "Principal"),
        ({"Effect": OPEN}, "Effect"),
        ({"Condition": OPEN}, "Condition"),
        ({"Condition": {"StringEquals": OPEN}}, "Condition"),
        ({"Condition": {"StringEquals": {"a:b": OPEN}}}, None),
        ({"Principal": {"AWS": OPEN}}, None),
    ],
)
def test_elements_without_which_a_statement_has_no_meaning(statement: Any, element: str | None) -> None:
    assert lost_element(statement) == element


# --- templates ---------------------------------------------------------------------------------------------------


def template(**sections: Any) -> Template:
    context = ReadingContext(compiled(), None, {})
    return Template(context, InputDocument({"Resources": {}, **sections}, "input"))


def test_what_references_make_up_has_a_limit() -> None:
    one = template(Parameters={"P": {"Type": "String", "Default": "abc"}})
    for left, shown in ((3, "abc"), (2, "${P}")):
        one._left = left
        assert one.ref("P") == shown
    for left, shown in ((4, "abcd"), (3, "${Text}")):
        one._left = left
        assert one.sub(["a${B}d", {"B": "bc"}]) == shown
    for left, shown in ((3, ["a", "b"]), (2, None)):
        one._left = left
        split = one.split([",", "a,b"])
        assert split == shown if shown else isinstance(split, Partial)


def test_what_is_nested_too_deep_is_not_known() -> None:
    one = template(Conditions={"C": {"Fn::Equals": ["a", "a"]}})
    one._depth = MAX_LEVELS - 1
    assert one.condition("C") is True and one.evaluate(["a"]) == ["a"]
    one._held.clear()
    one._depth = MAX_LEVELS
    assert one.condition("C") is None and isinstance(one.evaluate(["a"]), Partial) and one.evaluate("a") == "a"


@pytest.mark.parametrize(("levels", "is_known"), [(MAX_LEVELS, True), (MAX_LEVELS + 1, False)])
def test_how_deep_values_are_read(levels: int, is_known: bool) -> None:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    found = template().evaluate(value)
    while isinstance(found, list):
        (found,) = found
    assert found == ("x" if is_known else "${TooDeep}")


def test_loops_make_so_many_values_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = ["I", ["a", "b"], {"R${I}": {"Type": "T"}}]
    for most, found in ((10, ["Ra", "Rb"]), (9, ["Ra"]), (5, ["Ra"]), (4, [])):
        monkeypatch.setattr(template_module, "_MAX_EXPANDED", most)
        one = template(Resources={"Fn::ForEach::L": loop, "Last": {}})
        assert [*one.resources] == [*found, "Last"], most
        assert len(one.context.reading.notices) == (len(found) < 2)


def test_what_steps_make_up_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    join = {"On": "-", "Values": ["ab", "c"]}
    monkeypatch.setattr(functions, "MAX_TEXT", 4)
    definition = pipeline._Pipeline(ReadingContext(compiled()), InputDocument({"Steps": []}, "input"), {})
    one = template()
    assert definition._join(join) == one.join(["-", ["ab", "c"]]) == "ab-c"
    assert isinstance(definition._join({"On": "-", "Values": ["ab", "cd"]}), Partial)
    assert one.join(["-", ["ab", "cd"]]) == "${Text}"
    definition._left = 4
    assert definition._join(join) == "ab-c" and definition._left == 0
    assert isinstance(definition._join(join), Partial)


@pytest.mark.parametrize(("length", "is_known"), [(2048, True), (2049, False)])
def test_no_place_is_longer_than_an_object_may_be(length: int, is_known: bool) -> None:
    """What a step writes below its output has a template of the step's type."""
    definition = pipeline._Pipeline(ReadingContext(compiled()), InputDocument({"Steps": []}, "input"), {})
    step = {"Arguments": {"A": {"B": "s3://b/" + "x" * (length - 7 - 4) + "/"}}}
    place = definition._output(step, "${A.B}/*/y")
    assert (place == step["Arguments"]["A"]["B"] + "*/y") is is_known and (place is None) is not is_known
    assert (
        definition._output({}, "${A.B}") is None
        and definition._output({"Arguments": {"A": {"B": ""}}}, "${A.B}") is None
    )


# --- plans -------------------------------------------------------------------------------------------------------


CONFIGURATION = {
    "root_module": {
        "resources": [
            {"address": "aws_p.through", "expressions": {"role": {"references": ["module.a[0].arn"]}}},
            {"address": "aws_p.index", "expressions": {"role": {"references": ["aws_r.x[1].arn"]}}},
            {"address": "aws_p.gone", "expressions": {"role": {"references": ["aws_r.x[7].arn"]}}},
            {"address": "aws_p.all", "expressions": {"role": {"references": ["aws_r.x.arn"]}}},
            {"address": "aws_p.blocks", "expressions": {"b": [{"role": {"references": ["aws_r.y.arn"]}}, {}]}},
        ],
        "module_calls": {
            "a": {
                "module": {
                    "resources": [{"address": "aws_p.in", "expressions": {"role": {"references": ["aws_r.z.arn"]}}}],
                }
            }
        },
    }
}
INSTANCES: Mapping[str, Any] = dict.fromkeys(
    [
        "aws_r.x[0]",
        "aws_r.x[1]",
        "aws_r.y",
        "module.a[0].aws_r.z",
        "module.a[1].aws_r.z",
        "module.a[0].aws_p.in",
        "aws_p.all[1]",
    ]
)


@pytest.mark.parametrize(
    ("address", "path", "found"),
    [
        ("aws_p.through", ("role",), []),  # an output of a module is not followed
        ("aws_p.index", ("role",), ["aws_r.x[1]"]),
        ("aws_p.gone", ("role",), []),
        ("aws_p.all", ("role",), ["aws_r.x[0]", "aws_r.x[1]"]),
        ("aws_p.all[1]", ("role",), ["aws_r.x[1]"]),
        ("module.a[0].aws_p.in", ("role",), ["module.a[0].aws_r.z"]),
        ("aws_p.blocks", ("b", 0, "role"), ["aws_r.y"]),
        ("aws_p.blocks", ("b", 1, "role"), []),
        ("aws_p.blocks", ("b", 2, "role"), []),
        ("aws_p.none", ("role",), []),
    ],
)
def test_what_a_reference_leads_to(address: str, path: tuple[str | int, ...], found: list[str]) -> None:
    references = References(CONFIGURATION, INSTANCES)
    assert references.targets(address, path, "aws_r") == found
    assert references.targets(address, path, "aws_r", "arn") == found
    assert references.targets(address, path, "aws_r", "id") == []
    assert references.is_plain(address, path, "aws_r") is bool(found or address == "aws_p.gone")
    assert references.is_written(address, "role") is (path == ("role",) and address != "aws_p.none")
    assert References(None, INSTANCES).is_written(address, "role")


# --- roles -------------------------------------------------------------------------------------------------------


def test_a_managed_policy_of_aws_has_its_version_and_date_in_its_name() -> None:
    document = ManagedDocument("arn:aws:iam::aws:policy/service-role/P", "v3", "2026-01-02", {"Statement": []})
    held = of_aws(document)
    assert (held.name, held.kind, held.document) == ("P (v3, 2026-01-02)", "managed", {"Statement": []})


@pytest.mark.parametrize("is_quiet", [False, True])
def test_what_cannot_be_read_is_told_once(tmp_path: Path, is_quiet: bool) -> None:
    """Inputs that are read as requests too are told there, but for places in them."""
    role = json.dumps({"Role": {"RoleName": "R", "Arn": ROLE}}).encode()
    for raw, is_told in ((b"PAR1", not is_quiet), (b'{"a"', True), (b"{}", not is_quiet)):
        sources = [Source("bad", raw), Source("role", role)]
        found = read_roles(compiled(), sources, is_quiet=is_quiet)
        assert bool(found.notices) is is_told, raw
        assert [one.name for one in found.roles] == ["R"]


def test_a_role_without_a_name_is_called_so() -> None:
    answer = {"Role": {"RoleName": 5, "AssumeRolePolicyDocument": "{"}}
    found = read_roles(compiled(), [Source("input", json.dumps(answer).encode())])
    assert "the role without a name" in found.notices[0].message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"K": [', "1:8: not JSON: expected value; the file ends too early"),
        ('{"K": [{"a": "b"', '1:17: not JSON: expected "," delimiter; the file ends too early'),
        ('{"K": [{}', '1:10: not JSON: expected ","; the file ends too early'),
        ('{"K": [{}]', '1:11: not JSON: expected ","; the file ends too early'),
        ('{"K": [{}]]', '1:11: not JSON: expected ","'),
        ('{"K": [{},]}', "1:11: not JSON: expected value"),
        ('{"K": [\n{} {}]}', '2:4: not JSON: expected ","'),
        ('{"K": ["a": "b"]}', '1:11: not JSON: expected ","'),
        ('{"K": [{"a": 1,, }]}', "1:16: not JSON"),
        ('{"K": [] "L": []}', '1:10: not JSON: expected ","'),
        ('{"K": [], x: 1}', "1:11: not JSON: expected value"),
        ('{"K": [], 5: 1}', "1:11: not JSON: expected a name in double quotes"),
        ('{"K": [], "K": []}', '1:11: the key "K" stands twice'),
        ('{"K": [{"a": 1, "a": 2}]}', '1:17: the key "a" stands twice'),
        ('{"K": []} x', "1:11: something follows the JSON value"),
        ('{"K": [' + "[" * 200 + "]" * 200 + "]}", "nested deeper than 100 levels"),
        ('{"K": [' + "[" * 20000, "1:107: nested deeper than 100 levels"),
        ('{"L": ' + "[" * 200 + "]" * 200 + "}", "nested deeper than 100 levels"),
    ],
)
def test_objects_that_are_read_in_parts_are_refused_with_the_place(text: str, message: str) -> None:
    """Logs and answers for an account; what golden/texts keeps of their files says that both are read so."""
    with pytest.raises(InputError) as caught:
        list(json_document.stream(text, "input", ("K",)))
    assert f"input:{message}" in str(caught.value) or (message[0] == "n" and message in str(caught.value))


def test_objects_that_are_read_in_parts_may_follow_one_another() -> None:
    found = [(one.path, one.value) for one in json_document.stream('{"K": [1, {}], "L": [2]}{}\n{"K": 3}', "", ("K",))]
    assert found == [(("K", 0), 1), (("K", 1), {}), (("L",), [2]), ((), None), ((), None), (("K",), 3), ((), None)]
