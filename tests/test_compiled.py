"""The compiled catalog gives what the published one gives, and an operation's file is all that the operation needs."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kb.publish import archives, built_folders
from kb.records.locations import SCHEMAS
from sagemaker_roles import Catalog, HeldPolicy, Request, audit, compose, held_role, placeholders_of
from sagemaker_roles.catalog import FORMAT, CatalogError, Compiled
from sagemaker_roles.explanations.explanation import explain_message
from sagemaker_roles.inputs.requests.member_names import Names, Style
from sagemaker_roles.outputs.operation_json import readers, record
from support import DATA, ROOT, SCRIPTS, published, stored

OPERATIONS = sorted(json.loads(published()["catalog.json"])["operations"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compiled")
    for name, content in stored().items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def whole() -> Catalog:
    return Catalog(json.loads(published()["catalog.json"]))


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_same_record_and_documents(name: str, folder: Path, whole: Catalog) -> None:
    alone = Catalog(Compiled(folder))
    assert record(alone, name) == record(whole, name)
    addons = {addon.id for grantee in whole.operation(name).grantees() for addon in grantee.addons}
    roles = [role.id for role in whole.operation(name).roles]
    for members in (None, {}):
        one, two = (
            compose(catalog, [Request(name, members)], roles, addons=addons if members is None else ())
            for catalog in (Catalog(Compiled(folder)), whole)
        )
        assert one == two


def test_what_readers_need_is_read_late_and_alike(folder: Path, whole: Catalog) -> None:
    alone = Catalog(Compiled(folder))
    assert readers(alone) == readers(whole)
    assert readers(whole)["readers"]
    assert (alone.operations, alone.handled_by, alone.passed) == (whole.operations, whole.handled_by, whole.passed)
    assert whole.passed["CreateTrainingJob"] == ("sagemaker:CreateTrainingJob", ("sagemaker.amazonaws.com",))


def test_only_what_explains_messages_reads_them(folder: Path, whole: Catalog) -> None:
    alone = Catalog(Compiled(folder))
    compose(alone, [Request("CreateTrainingJob", {})], values={"Region": "eu-west-1"})
    parts = ("messages", "layers", "clues")
    assert not {*parts} & alone.data._parts.keys()
    text = "Could not access model data at s3://my-bucket/model.tar.gz. Unable to locate credentials"
    explanations = [explain_message(catalog, text, operation="CreateModel") for catalog in (alone, whole)]
    assert explanations[0] == explanations[1]
    assert explanations[0].causes
    assert {*parts} <= alone.data._parts.keys()
    assert all(alone.data[part] == whole.data[part] for part in parts)


def test_each_file_is_the_folder_s_own(folder: Path) -> None:
    """So that the next build replaces it, even one that has it no more."""
    assert {file.name for file in folder.iterdir()} <= (built_folders.files_of_compiled(folder) or set())


def test_the_format_is_that_of_the_modules_that_write_the_files() -> None:
    """Files that another version wrote are refused, not misread; what code does is in them as its schemas have it."""
    names = (
        "kb/publish/compiled_catalog",
        "sagemaker_roles/catalog/operation_names",
        "sagemaker_roles/catalog/entries",
    )
    files = [SCRIPTS / f"{name}.py" for name in names]
    files += [DATA / SCHEMAS[name] for name in ("calls", "data-events", "libraries")]
    written = b"".join(file.read_bytes() for file in files)
    expected = sha256(written).hexdigest()[:8]
    assert expected == FORMAT, "compiled files may have changed: put this in catalog/stored.py"


@pytest.mark.parametrize("written", ["", "0"])
def test_files_that_another_version_wrote_are_refused(written: str, folder: Path, tmp_path: Path) -> None:
    index = json.loads((folder / "index.json").read_bytes())
    (tmp_path / "index.json").write_text(json.dumps({**index, "format": written} if written else {"operations": []}))
    with pytest.raises(CatalogError, match=r"^index\.json: another version of the package wrote it$"):
        Compiled(str(tmp_path))


def test_a_reader_waits_for_the_second_rename_of_a_build(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = tmp_path / "compiled"
    monkeypatch.setattr("time.sleep", lambda _: built.symlink_to(folder))
    assert "CreateModel" in Compiled(str(built))["operations"]


def test_shapes_are_there_when_they_are_asked_for(folder: Path, whole: Catalog) -> None:
    request = {"VpcConfig": {"subnets": ["subnet-0123456789abcdef0"]}, "RoleArn": "arn:aws:iam::111122223333:role/R"}
    read = [
        Names(catalog).match("CreateTrainingJob", request, Style()) for catalog in (Catalog(Compiled(folder)), whole)
    ]
    assert read[0] == read[1]
    assert read[0][0]["VpcConfig"] == {"Subnets": ["subnet-0123456789abcdef0"]}


def audited(data: Any) -> Any:
    """What an audit of a wide policy finds with a published catalog."""
    catalog = Catalog(data)
    work = HeldPolicy("work", "inline", {"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    role = held_role(catalog, [work], arn="arn:aws:iam::111122223333:role/Training")
    return audit(catalog, placeholders_of("CreateTrainingJob"), [role]).report.to_json()


@pytest.mark.parametrize("version", ["next", "5.0.0", "3.0.0"])
def test_an_audit_has_the_actions_that_the_catalog_names_or_ends(version: str) -> None:
    """Without them it would find less, and say nothing of it."""
    builds = ROOT / "build" / "v1"
    released = version != "next" and json.loads(archives.file(archives.place(builds, version), "catalog.json"))
    data = released or json.loads(published()["catalog.json"])
    has_digest, digest = isinstance(data["actions"], str), sha256(published()["actions.json"]).hexdigest()
    assert has_digest == (version == "next")
    beside = json.loads(published()["actions.json"])["actions"]
    found = audited(data)
    assert "changing permissions" in json.dumps(found)
    assert found == audited({**data, "actions": beside}) == audited({**data, "actions": digest})
    for broken, said in (({"actions": "0" * 64}, "replace the digest"), ({"actions": None}, "has no")):
        with pytest.raises(CatalogError, match=f"^actions: the catalog .*{said}"):
            audited({**data, **broken})


def test_so_has_what_explains_a_denied_call(whole: Catalog, folder: Path) -> None:
    text = "User: arn:aws:sts::111122223333:assumed-role/R/S is not authorized to perform: s3:getobject on resource: x"
    explanations = [explain_message(catalog, text) for catalog in (whole, Catalog(Compiled(folder)))]
    assert explanations[0] == explanations[1]
    with pytest.raises(CatalogError, match="actions: the catalog has no actions of AWS"):
        explain_message(Catalog({**whole.data, "actions": None}), text)


@pytest.mark.parametrize("name", ["CreateAlgorithm", "CreateCluster"])
def test_names_in_a_request_are_read_with_its_operation_alone(name: str, folder: Path, whole: Catalog) -> None:
    """The kinds that names of resources can be of are no part of an operation's record."""
    request = Request(name, {"Note": "vpc-0123456789abcdef0 and sg-0123456789abcdef0"})
    assert compose(Catalog(Compiled(folder)), [request]).account == compose(whole, [request]).account
