"""What a user's code needs: calls that are read out of it, never run, and the role with them counted in."""

from __future__ import annotations

import io
import json
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from proof import written
from proof.code_scripts import CODE, VALUES, counted, measured, pairs, read, scripts, wanted
from sagemaker_roles.catalog import Catalog
from sagemaker_roles.cli.main import cli
from sagemaker_roles.engine.code_permissions import CodeCall, needs_of_code
from sagemaker_roles.inputs import code
from sagemaker_roles.inputs.code import CodeFile, code_files, find_calls, text_files
from sagemaker_roles.inputs.code.service_calls import table_of
from sagemaker_roles.inputs.reader import Notice, Reading
from sagemaker_roles.inputs.reading import add_code
from sagemaker_roles.inputs.requests.observed_calls import call_of
from sagemaker_roles.inputs.text.content import InputError
from support import output_schema

ROLE = "arn:aws:iam::111122223333:role/Train"
JOB: dict[str, Any] = {
    "TrainingJobName": "a",
    "RoleArn": ROLE,
    "AlgorithmSpecification": {
        "TrainingImage": "111122223333.dkr.ecr.us-west-2.amazonaws.com/own:1",
        "TrainingInputMode": "File",
    },
    "OutputDataConfig": {"S3OutputPath": "s3://out/models"},
    "InputDataConfig": [
        {"ChannelName": "a", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/x/"}}}
    ],
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
    "StoppingCondition": {"MaxRuntimeInSeconds": 10},
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load()


def reading_of(catalog: Catalog, *texts: str, members: Any = None) -> Reading:
    from sagemaker_roles.inputs import read_value

    reading = read_value(catalog, members, operation="CreateTrainingJob") if members else Reading()
    files = [CodeFile(f"{n}.py", f"{n}.py", text.encode()) for n, text in enumerate(texts)]
    add_code(catalog, reading, files)
    return reading


@pytest.mark.parametrize("script", scripts("scripts"), ids=lambda one: one.stem)
def test_scripts_need_what_the_reference_of_aws_says(catalog: Catalog, script: Path) -> None:
    found = read(catalog, script)
    assert found.wanted
    assert found.found == found.wanted


@pytest.mark.parametrize("script", scripts("scripts/sdk"), ids=lambda one: one.stem)
def test_scripts_of_the_sdk_need_what_its_code_sends(catalog: Catalog, script: Path) -> None:
    """They are in a folder of their own, which no other reader is compared on."""
    reading = Reading()
    add_code(catalog, reading, code_files(str(script)))
    assert pairs(catalog, reading) == wanted(script) != frozenset()
    assert [one.message for one in reading.notices if one.kind == "problem"] == []


def test_scripts_that_nothing_was_tuned_on(catalog: Catalog) -> None:
    found = counted(read(catalog, script) for script in scripts("held"))
    assert found["found"] >= 0.95 * found["needed"]
    assert found["extra"] <= 0.05 * found["needed"]
    assert found["scoped"] >= 0.8 * found["named"]


def test_the_written_comparison_is_of_now_and_the_other_reader_finds_less() -> None:
    code = written.read()["code"]
    for folder, one in measured(["ours"])["sets"].items():
        kept = code["sets"][folder]
        assert {**kept, "readers": {"ours": kept["readers"]["ours"]}} == one, "run `make compare`"
        ours, others = (kept["readers"][name] for name in ("ours", "autopilot"))
        assert (
            ours["found"] > others["found"] and ours["extra"] <= others["extra"] and ours["scoped"] > others["scoped"]
        )


@pytest.mark.parametrize(
    ("text", "resource"),
    [
        ("import os\nB = os.environ['BUCKET']", "from-environment/k"),
        (
            "import argparse\np = argparse.ArgumentParser()\np.add_argument('--bucket')\nB = p.parse_args().bucket",
            "hyper/k",
        ),
        ("import json\nB = json.load(open('/opt/ml/input/config/hyperparameters.json'))['bucket']", "hyper/k"),
        ("import os\nB = os.environ.get('SM_HP_BUCKET', 'no')", "hyper/k"),
    ],
)
def test_a_request_hands_values_to_its_code(catalog: Catalog, text: str, resource: str) -> None:
    members = {**JOB, "Environment": {"BUCKET": "from-environment"}, "HyperParameters": {"bucket": '"hyper"'}}
    code = f"import boto3\n{text}\nboto3.client('s3').get_object(Bucket=B, Key='k')"
    assert pairs(catalog, reading_of(catalog, code, members=members)) == {("s3:GetObject", f"arn:aws:s3:::{resource}")}


def test_no_value_of_code_widens(catalog: Catalog) -> None:
    reading = reading_of(catalog, "import boto3\nboto3.client('s3').get_object(Bucket='b', Key='*/${aws:username}?')")
    (need,) = needs_of_code(catalog, reading.code, VALUES)
    assert need.resource == "arn:${Partition}:s3:::b/${*}/${$}{aws:username}${?}"


def test_objects_that_are_gone_are_not_taken_for_later_ones(catalog: Catalog) -> None:
    """Python gives the identity of an object that is gone to another one."""
    reads = "        boto3.client('s3').get_object(Bucket=self.bucket, Key='k')"
    code = f"import boto3\nclass A:\n    def __init__(self, b):\n        self.bucket = b\n    def get(self):\n{reads}\n"
    buckets = [f"bucket-{number}" for number in range(40)]
    found = reading_of(catalog, code + "".join(f"A('{bucket}').get()\n" for bucket in buckets))
    assert [call.members["Bucket"] for call in found.code] == buckets


def test_modules_of_a_folder_know_one_another(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "job").mkdir()
    (tmp_path / "job" / "config.py").write_text("BUCKET = 'conf'\n")
    (tmp_path / "job" / "store.py").write_text(
        "import boto3\nfrom .config import BUCKET\n\n"
        "def put(key):\n    boto3.client('s3').put_object(Bucket=BUCKET, Key=key)\n"
    )
    (tmp_path / "main.py").write_text("from job.store import put\nput('x')\n")
    reading = Reading()
    add_code(catalog, reading, code_files(str(tmp_path)))
    assert pairs(catalog, reading) == {("s3:PutObject", "arn:aws:s3:::conf/x")}
    assert reading.code[0].place == f"{tmp_path}/job/store.py:5"


def test_notebooks_and_archives(catalog: Catalog, tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# text"]},
        {"cell_type": "code", "source": ["%pip install boto3\n", "import boto3\n"]},
        {"cell_type": "code", "source": "!ls\nboto3.client('s3').get_object(Bucket='b', Key='k')"},
    ]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    archive = tmp_path / "sourcedir.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "a.ipynb", "src/a.ipynb")
        body = b"import boto3\nboto3.client('sns').publish(TopicArn='arn:aws:sns:us-west-2:111122223333:t')"
        entry = tarfile.TarInfo("../../evil.py")
        entry.size = len(body)
        tar.addfile(entry, io.BytesIO(body))
    reading = Reading()
    add_code(catalog, reading, code_files(str(archive)))
    assert {call.place.rpartition("/")[2] for call in reading.code} == {"a.ipynb cell 3:2", "evil.py:2"}
    assert {path.name for path in tmp_path.iterdir()} == {"a.ipynb", "sourcedir.tar.gz"}


@pytest.mark.parametrize(
    ("names", "kind", "size", "expected"),
    [
        (["a.py", "./a.py"], tarfile.REGTYPE, 0, '"./a.py" is in the archive twice'),
        (["a.py"], tarfile.SYMTYPE, 0, '"a.py" is not a regular file'),
        (["a.py"], tarfile.LNKTYPE, 0, '"a.py" is not a regular file'),
        (["a.py"], tarfile.CHRTYPE, 0, '"a.py" is not a regular file'),
        (["model.bin"], tarfile.REGTYPE, 2 << 20, "unpacks to more than 1 MiB"),
        (["a.py"], tarfile.REGTYPE, 2 << 20, "unpacks to more than 1 MiB"),
        ([f"{number}.txt" for number in range(9)], tarfile.REGTYPE, 0, "the archive has too many files"),
    ],
)
@pytest.mark.parametrize("mode", ["w", "w:gz"])
def test_archives_have_limits(
    names: list[str], kind: bytes, size: int, expected: str, mode: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code, "MAX_INFLATED", 1 << 20)
    monkeypatch.setattr(code, "MAX_MEMBERS", 8)
    archive = tmp_path / "code.tar.gz"
    with tarfile.open(archive, mode) as tar:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.type, entry.size, entry.linkname = kind, size, "/etc/passwd"
            tar.addfile(entry, io.BytesIO(bytes(size)))
    with pytest.raises(InputError, match=re.escape(expected)):
        list(code_files(str(archive)))


@pytest.mark.parametrize(
    "raw",
    [
        b"def broken(:\n",
        b"\xff\xfe\x00",
        b"x = " + b"(" * 5_000 + b")" * 5_000,
        b"x = " + b"-" * 100_000 + b"1",
        b"\x00",
        b"# coding: no-such\n",
        b"x" * ((4 << 20) + 1),
    ],
)
def test_what_is_no_python_is_named_and_passed_over(catalog: Catalog, raw: bytes) -> None:
    reading = Reading()
    add_code(catalog, reading, [CodeFile("bad.py", "bad.py", raw), CodeFile("bad.ipynb", "bad.ipynb", b"[1]")])
    found = [(one.kind, one.where.partition(":")[0]) for one in reading.notices]
    assert found == [("problem", "bad.py"), ("problem", "bad.ipynb"), ("note", "code")]


def test_hostile_code_is_only_parsed(catalog: Catalog, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    text = f"open({str(mark)!r}, 'w')\n" + "def f():\n    return f() + f()\nf()\n" + "x = [0]\n" + "x = [x, x]\n" * 60
    text += "y = f'{x}' * 99\nclass A(A): pass\nA().a.b()\nimport boto3\nboto3.client('s3').delete_bucket(Bucket='b')\n"
    reading = reading_of(catalog, text)
    assert not mark.exists()
    assert ("s3:DeleteBucket", "arn:aws:s3:::b") in pairs(catalog, reading)


NO_DATA = "this project does not know what it needs; add its permissions yourself"
NO_SERVICE = "the code does not show the service of its client; add its permissions yourself"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("boto3.client('gamelift').create_fleet(Name='x')", f"calls gamelift:CreateFleet; {NO_DATA}"),
        ("boto3.client('s3').get_new_thing()", f"calls s3:GetNewThing; {NO_DATA}"),
        ("boto3.client(name).describe_thing(Id='x')", f"calls describe_thing; {NO_SERVICE}"),
        ("boto3.client(f'{a}x').tag_resource(Id='x')", f"calls tag_resource; {NO_SERVICE}"),
        ("def f(client):\n    client.tag_resource(Arn='x', Tags=[])", f"calls tag_resource; {NO_SERVICE}"),
        ("def f(any):\n    any.describe_new_thing(Arn='x')", f"calls describe_new_thing; {NO_SERVICE}"),
        ("boto3.client('s3').close()", ""),
        (
            "def f(any):\n    any.fit_transform(X=1)\n    any.set_title('x')\n    any.get_things(Id=1)",
            f"calls get_things; {NO_SERVICE}",
        ),
        ("import pandas\npandas.read_new('s3://a/b')", 'hands "s3://a/b" to ReadNew; it is not known what that does'),
    ],
)
def test_a_call_that_is_not_understood_is_a_problem(catalog: Catalog, text: str, expected: str) -> None:
    reading = reading_of(catalog, f"import boto3\n{text}")
    assert [one.message for one in reading.notices if one.kind == "problem"] == [expected][: bool(expected)]


def test_a_method_of_what_a_library_gave_is_named_if_it_sends(catalog: Catalog) -> None:
    code = (
        "import sagemaker\nfrom sagemaker.nothing import make\nsession = sagemaker.Session()\n"
        "made = make()\nmade.fit()\nmade.get('x')\nmade.shape()\nmade.fit().deploy()\n"
    )
    places = [(one.where, one.message.split()[1].strip(";")) for one in reading_of(catalog, code).notices[:-1]]
    assert places == [
        ("0.py:4:8", "sagemaker.nothing.make"),
        ("0.py:5:1", "make.fit"),
        ("0.py:8:1", "make.fit"),
        ("0.py:8:1", "fit.deploy"),
    ]


def test_a_pipeline_that_other_code_sends_has_a_role(catalog: Catalog) -> None:
    """Templates define a pipeline in a function that their command line imports and sends."""
    code = (
        "from sagemaker.workflow.pipeline import Pipeline\nfrom sagemaker.workflow.fail_step import FailStep\n"
        "def get_pipeline():\n    return Pipeline(name='churn', steps=[FailStep('Stop')])\n"
    )
    (request,) = find_calls(catalog, reading := Reading(), text_files({"a.py": code}))[1]
    assert (request.operation, request.members["PipelineName"]) == ("CreatePipeline", "churn")
    assert "Stop" in request.members["PipelineDefinition"]
    assert not reading.code and reading.notices[0][:2] == ("note", "a.py:4:12")
    # What the code sends itself is no other request.
    sent = find_calls(catalog, Reading(), text_files({"a.py": f"{code}get_pipeline().update('arn:role')\n"}))[1]
    assert [one.operation for one in sent] == ["UpdatePipeline"]


def test_of_two_sessions_the_one_that_sends_counts(catalog: Catalog) -> None:
    code = (
        "import sys, sagemaker\nfrom sagemaker.local import LocalSession\nfrom sagemaker.sklearn import SKLearn\n"
        "if len(sys.argv) > 1:\n    session = LocalSession()\nelse:\n    session = sagemaker.Session()\n"
        "SKLearn('train.py', '1.2-1', sagemaker_session=session).fit('s3://raw/a')\n"
    )
    assert "CreateTrainingJob" in {one.operation for one in reading_of(catalog, code).code}


def test_a_client_has_the_older_name_of_its_service(catalog: Catalog) -> None:
    reading = reading_of(catalog, "import boto3\nboto3.client('runtime.sagemaker').invoke_endpoint(EndpointName='a')")
    assert [(one.service, one.operation) for one in reading.code] == [("sagemaker-runtime", "InvokeEndpoint")]


def test_the_place_of_a_call_counts_characters(catalog: Catalog) -> None:
    text = "import boto3\nif 'é→😀': x, y = 'ü', boto3.client('gamelift').create_fleet(Name='x')"
    raw = json.dumps({"cells": [cell("1"), cell(text)]}).encode()
    for file, where in (
        (CodeFile("a.py", "a.py", text.encode()), "a.py:2"),
        (CodeFile("a.ipynb", "a.ipynb", raw), "a.ipynb cell 2:2"),
    ):
        reading = Reading()
        add_code(catalog, reading, [file])
        assert reading.notices[0].where == f"{where}:{text.splitlines()[1].index('boto3') + 1}"


ROLE_OF = "arn:aws:iam::111122223333:role/"
SCALING_ROLE = (
    "aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
OF = "us-west-2:111122223333"


@pytest.mark.parametrize(
    ("service", "call", "expected"),
    [
        ("iam", "get_role(RoleName='r')", {("iam:GetRole", f"{ROLE_OF}r")}),
        (
            "iam",
            "add_role_to_instance_profile(InstanceProfileName='p', RoleName='r')",
            {
                ("iam:AddRoleToInstanceProfile", "arn:aws:iam::111122223333:instance-profile/p"),
                ("iam:PassRole", f"{ROLE_OF}r"),
            },
        ),
        (
            "cloudformation",
            f"create_stack(StackName='s', RoleARN='{ROLE}')",
            {("cloudformation:CreateStack", f"arn:aws:cloudformation:{OF}:stack/s/*"), ("iam:PassRole", ROLE)},
        ),
        ("cloudformation", "describe_stacks()", {("cloudformation:DescribeStacks", "*")}),
        ("ec2", "describe_vpcs()", {("ec2:DescribeVpcs", "*")}),
        ("ec2", "stop_instances(InstanceIds=['i-1'])", {("ec2:StopInstances", f"arn:aws:ec2:{OF}:instance/i-1")}),
        (
            "ec2",
            "run_instances(LaunchTemplate={'LaunchTemplateId': 'lt-1'}, IamInstanceProfile={'Name': 'p'},"
            " SubnetId='subnet-1', SecurityGroupIds=['sg-1'])",
            {
                *(
                    ("ec2:RunInstances", f"arn:aws:ec2:{OF}:{kind}")
                    for kind in (
                        "instance/*",
                        "launch-template/lt-1",
                        "network-interface/*",
                        "security-group/sg-1",
                        "subnet/subnet-1",
                        "volume/*",
                    )
                ),
                ("ec2:RunInstances", "arn:aws:ec2:us-west-2::image/*"),
                ("iam:PassRole", ROLE_OF + "{}"),
            },
        ),
        (
            "quicksight",
            "describe_dashboard(DashboardId='d')",
            {("quicksight:DescribeDashboard", f"arn:aws:quicksight:{OF}:dashboard/d")},
        ),
        (
            "codepipeline",
            "start_pipeline_execution(name='p')",
            {("codepipeline:StartPipelineExecution", f"arn:aws:codepipeline:{OF}:p")},
        ),
        ("codebuild", "start_build(projectName='p')", {("codebuild:StartBuild", f"arn:aws:codebuild:{OF}:project/p")}),
        ("rds", "describe_db_clusters()", {("rds:DescribeDBClusters", f"arn:aws:rds:{OF}:cluster:*")}),
        (
            "application-autoscaling",
            "register_scalable_target(ResourceId='endpoint/e/variant/v')",
            {
                (
                    "application-autoscaling:RegisterScalableTarget",
                    f"arn:aws:application-autoscaling:{OF}:scalable-target/*",
                ),
                ("sagemaker:DescribeEndpoint", f"arn:aws:sagemaker:{OF}:endpoint/e"),
                ("sagemaker:UpdateEndpointWeightsAndCapacities", f"arn:aws:sagemaker:{OF}:endpoint/e"),
                ("sagemaker:DescribeEndpointConfig", f"arn:aws:sagemaker:{OF}:endpoint-config/*"),
                ("iam:CreateServiceLinkedRole", f"{ROLE_OF}{SCALING_ROLE}"),
            },
        ),
        (
            "application-autoscaling",
            "register_scalable_target(ResourceId='table/t')",
            {
                (
                    "application-autoscaling:RegisterScalableTarget",
                    f"arn:aws:application-autoscaling:{OF}:scalable-target/*",
                )
            },
        ),
        (
            "cognito-idp",
            "describe_user_pool(UserPoolId='u')",
            {("cognito-idp:DescribeUserPool", f"arn:aws:cognito-idp:{OF}:userpool/u")},
        ),
        (
            "sagemaker-geospatial",
            f"start_earth_observation_job(Name='n', ExecutionRoleArn='{ROLE}')",
            {
                (
                    "sagemaker-geospatial:StartEarthObservationJob",
                    f"arn:aws:sagemaker-geospatial:{OF}:earth-observation-job/*",
                ),
                ("iam:PassRole", ROLE),
            },
        ),
        ("datazone", "get_domain(identifier='d')", {("datazone:GetDomain", f"arn:aws:datazone:{OF}:domain/d")}),
        ("resourcegroupstaggingapi", "get_resources()", {("tag:GetResources", "*")}),
        ("glue", "create_crawler(Name='c', Role='r')", {("glue:CreateCrawler", "*"), ("iam:PassRole", f"{ROLE_OF}r")}),
        (
            "lambda",
            f"create_function(FunctionName='f', Role='{ROLE}')",
            {("lambda:CreateFunction", f"arn:aws:lambda:{OF}:function:f"), ("iam:PassRole", ROLE)},
        ),
        (
            "events",
            f"put_targets(Rule='r', Targets=[{{'RoleArn': '{ROLE}'}}])",
            {("events:PutTargets", f"arn:aws:events:{OF}:rule/r"), ("iam:PassRole", ROLE)},
        ),
        (
            "sagemaker",
            f"create_notebook_instance(NotebookInstanceName='n', RoleArn='{ROLE}')",
            {
                ("sagemaker:CreateNotebookInstance", f"arn:aws:sagemaker:{OF}:notebook-instance/n"),
                ("iam:PassRole", ROLE),
            },
        ),
    ],
)
def test_calls_of_services_need_what_the_reference_says(
    catalog: Catalog, service: str, call: str, expected: set[tuple[str, str]]
) -> None:
    reading = reading_of(catalog, f"import boto3\nboto3.client('{service}').{call}")
    assert pairs(catalog, reading) == expected
    assert not [one for one in reading.notices if one.kind == "problem"]
    for need in needs_of_code(catalog, reading.code, VALUES):
        services = need.condition.get("StringEquals", {}).get("iam:PassedToService", ())
        assert bool(services) == (need.action == "iam:PassRole")


def cell(text: str) -> dict[str, Any]:
    return {"cell_type": "code", "source": text.splitlines(keepends=True)}


GET = "boto3.client('s3').get_object(Bucket='b', Key='{}')"


@pytest.mark.parametrize(
    "lines",
    [
        "%pip install a \\\n  b \\\n  c",
        "pip install 'a>1'",
        "!aws s3 ls \\\n  s3://b",
        "x = !date",
        "a, b = !date",
        "if x:\n    !date\nelse:\n    %time y",
        "%time x = 1",
        "%timeit -n 3 x()",
        "??x.y",
        "x.y?",
        "%load_ext autoreload",
        "%%time\nx = 1",
        "%%bash\nif [ x ]; then",
        "%%time\n%%bash\nif [ x ]; then",
        "%%html\n<b>",
        "%%writefile x.txt\n<b>",
        "    x = 1\n    y = 2",
        "x = (1\n  % 2)\n!date",
        't = """\n%s\n!no\n"""\n!date',
        "f'{x['a']}'",
        'f"{"a".join(x)}" f"{x!r:>{w}}"',
        "x = 1\r\n!date",
        "await x",
        "# a\n\n%cd x",
    ],
)
def test_what_only_notebooks_have_costs_no_cell(catalog: Catalog, lines: str) -> None:
    cells = [cell("import boto3"), cell(lines), cell(GET.format("k")), cell(lines), cell(GET.format("l"))]
    reading = Reading()
    add_code(catalog, reading, [CodeFile("a.ipynb", "a.ipynb", json.dumps({"cells": cells}).encode())])
    assert not [one for one in reading.notices if one.kind == "problem"]
    assert [one.place for one in reading.code if one.operation == "GetObject"] == [
        "a.ipynb cell 3:1",
        "a.ipynb cell 5:1",
    ]


@pytest.mark.parametrize(
    ("metadata", "lines", "problems"),
    [
        ({}, "x = 1\ndef (", ["a.ipynb cell 2:2: the cell is not Python that can be parsed (invalid syntax)"]),
        ({}, "%%R\nx <- 1", ["a.ipynb cell 2:1: the cell magic %%R is not read"]),
        ({}, "x <- 1 2", ["a.ipynb cell 2:1: the cell is not Python that can be parsed (invalid syntax)"]),
        ({"kernelspec": {"language": "R"}}, "", ["a.ipynb: the kernel of the notebook runs R, and only Python"]),
        ({"language_info": {"name": "scala"}}, "", ["a.ipynb: the kernel of the notebook runs Scala, and only Python"]),
    ],
)
def test_a_cell_that_is_not_read_is_a_problem_of_its_own(
    catalog: Catalog, metadata: Any, lines: str, problems: list[str]
) -> None:
    cells = [cell("import boto3"), cell(lines), cell(GET.format("k"))]
    reading = Reading()
    raw = json.dumps({"cells": cells, "metadata": metadata}).encode()
    add_code(catalog, reading, [CodeFile("a.ipynb", "a.ipynb", raw)])
    found = [f"{one.where}: {one.message}" for one in reading.notices if one.kind == "problem"]
    assert len(found) == len(problems) and all(map(str.startswith, found, problems))
    assert len(reading.code) == (not metadata)


def test_old_notebooks_and_files_that_cells_write(catalog: Catalog) -> None:
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": f"import boto3\n{GET.format('old')}"}]}]}
    new = {"cells": [cell(f"%%writefile src/own.py\nimport boto3\ndef f():\n    {GET.format('new')}"), cell("x = 1")]}
    reading = Reading()
    files = {"old.ipynb": old, "new.ipynb": new}
    add_code(catalog, reading, [CodeFile(name, name, json.dumps(one).encode()) for name, one in files.items()])
    assert {one.members["Key"]: one.place for one in reading.code} == {
        "old": "old.ipynb cell 1:2",
        "new": "new.ipynb cell 1:4",
    }


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli, [*arguments])


@pytest.fixture
def work(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "job.json").write_text(json.dumps(JOB))
    code = "import boto3\ns3 = boto3.client('s3')\ns3.get_object(Bucket='data', Key='x/y')\n"
    code += "s3.get_object(Bucket='more', Key=key)\n"
    (tmp_path / "train.py").write_text(code)
    return str(tmp_path / "job.json"), str(tmp_path / "train.py")


def test_the_whole_role(work: tuple[str, str]) -> None:
    job, code = work
    done = run("compose", "--request", job, "--code", code, "--region", "us-west-2", "--explain", "--set", "CodeKey=*")
    assert done.exit_code == 0, done.output
    statements = json.loads(done.stdout)["Statement"]
    own = [one for one in statements if one["Sid"].startswith("Code")]
    assert [(one["Action"], one["Resource"]) for one in own] == [(["s3:GetObject"], ["arn:aws:s3:::more/*"])]
    assert "evidence: your code\n" in done.stderr
    assert f'"{code}:3"' in done.stderr  # what the service needs already has the code as a reason too


def test_what_code_does_not_show_stays_open(work: tuple[str, str]) -> None:
    done = run("compose", "--request", work[0], "--code", work[1], "--region", "us-west-2")
    assert done.exit_code == 1
    assert "arn:aws:s3:::more/${CodeKey}" in done.stdout
    assert f"placeholder: ${{CodeKey}}: Key of the code ({work[1]}:4)" in done.stderr


def test_an_audit_counts_the_code_in(work: tuple[str, str], tmp_path: Path) -> None:
    job, code = work
    policy = tmp_path / "policy.json"
    policy.write_text(run("compose", "--request", job, "--region", "us-west-2").stdout)
    values = ("--region", "us-west-2", "--set", "CodeKey=z")
    done = run("audit", "--request", job, "--code", code, "--policy", str(policy), *values, "--format", "sarif")
    assert done.exit_code == 1
    results = json.loads(done.stdout)["runs"][0]["results"]
    (missing,) = [one for one in results if one["ruleId"] == "missing"]
    assert "s3:GetObject on arn:aws:s3:::more/z" in missing["message"]["text"]
    place = missing["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("train.py")
    assert place["region"]["startLine"] == 4


def test_code_that_the_request_names_is_read_from_next_to_it(tmp_path: Path) -> None:
    code = "import boto3\nboto3.client('s3').get_object(Bucket='{}', Key='k')\n"
    for name in ("src/train", "work/prepare", "secret"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.py").write_text(code.format(name.rpartition("/")[2]))
    (tmp_path / "work/link.py").symlink_to(tmp_path / "secret.py")
    request = tmp_path / "work" / "job.json"

    def composed(directory: str, *entrypoint: str) -> Any:
        algorithm = {**JOB["AlgorithmSpecification"], "ContainerEntrypoint": ["python3", *entrypoint]}
        named = {"sagemaker_submit_directory": json.dumps(directory)}
        request.write_text(json.dumps({**JOB, "HyperParameters": named, "AlgorithmSpecification": algorithm}))
        return run("compose", "--region", "us-west-2", "--request", str(request), "--code")

    (tmp_path / "work/src").symlink_to(tmp_path / "src")
    for directory, script in (("../src", "x.py"), ("src", "link.py"), (str(tmp_path / "src"), "/opt/none.py")):
        done = composed(directory, script)
        assert done.exit_code == 1 and "the requests name no code next to them" in done.stderr
        assert "is not below the folder of the request; it is not read" in done.stderr
    (tmp_path / "work/src").unlink()
    (tmp_path / "src").rename(tmp_path / "work/src")
    done = composed("src", "/opt/ml/processing/input/code/prepare.py")
    assert done.exit_code == 0, done.output
    assert "arn:aws:s3:::train/k" in done.stdout and "arn:aws:s3:::prepare/k" in done.stdout
    done = composed("s3://bucket/sourcedir.tar.gz", "prepare.py")
    assert 'the code "s3://bucket/sourcedir.tar.gz" is in Amazon S3; it is not read' in done.stderr
    assert "arn:aws:s3:::prepare/k" in done.stdout and "secret" not in done.stdout


def test_an_operation_that_nothing_is_known_of_gives_nothing(catalog: Catalog) -> None:
    assert not [*needs_of_code(catalog, [CodeCall("no-such", "Call"), CodeCall("s3", "NoSuch")], {})]
    reading = reading_of(catalog, "import boto3\nboto3.client('gamelift').create_fleet(Name='x')")
    assert reading.notices == [
        Notice("problem", "0.py:2:1", f"calls gamelift:CreateFleet; {NO_DATA}"),
        Notice("note", "code", "1 call of AWS found, 0 understood"),
    ]


def test_the_page_takes_files_of_code(catalog: Catalog) -> None:
    from sagemaker_roles.api import Border

    inputs = [
        {"name": "job.json", "text": json.dumps(JOB)},
        {"name": "train.py", "text": "import boto3\nboto3.client('s3').get_object(Bucket='more', Key='z')"},
        {"name": "main.go", "text": "package main"},
    ]
    call = {"do": "compose", "inputs": inputs, "operation": "CreateTrainingJob", "shown": True, "lenient": "changed"}
    answer = json.loads(Border().answer(json.dumps(call)))["answer"]
    (role,) = answer["roles"]
    assert "arn:aws:s3:::more/z" in json.dumps(role["policy"])
    assert role["reasons"]["policy"]["CodeS3GetObject"][0]["values"] == ["train.py:2"]
    assert any(one["where"] == "main.go" and "only the command" in one["message"] for one in answer["notices"])


@pytest.mark.parametrize(("as_role", "part"), [(False, "caller"), (True, "policy")])
def test_calls_of_running_code_are_the_caller_s_or_the_role_s(catalog: Catalog, as_role: bool, part: str) -> None:
    import boto3

    from sagemaker_roles.extras.capture.hooks import capture
    from sagemaker_roles.session import compose_reading

    with capture(region="us-west-2", account="111122223333") as captured:
        boto3.client("sns").publish(TopicArn="arn:aws:sns:us-west-2:111122223333:done", Message="x")
        boto3.client("sagemaker").create_training_job(**JOB)
    result = compose_reading(catalog, captured.reading(catalog, as_role=as_role))
    composition = result.roles[0].composition
    parts = {"policy": composition.policy, "caller": composition.caller}
    assert {
        name: [one.resources for one in document.statements if one.sid == "CodeSnsPublish"]
        for name, document in parts.items()
    } == {name: [("arn:aws:sns:us-west-2:111122223333:done",)] * (name == part) for name in parts}


def test_other_languages_are_read_as_the_program_gives_them(catalog: Catalog) -> None:
    """Its output for a script of JavaScript, version 0.3.0."""
    from sagemaker_roles.inputs.code.autopilot import calls_of
    from sagemaker_roles.inputs.code.service_calls import Table

    found = json.loads((CODE / "autopilot.json").read_bytes())
    calls = [*calls_of(Table(catalog.code), "job.js", found)]
    assert ("s3", "GetObject", "job.js:4") in [(one.service, one.operation, one.place) for one in calls]
    assert any(need.action == "s3:GetObject" for need in needs_of_code(catalog, calls, VALUES))


def event(name: str, day: int, source: str = "s3", **members: Any) -> dict[str, Any]:
    return {
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "eventTime": f"2026-11-{day:02}T10:00:00Z",
        "awsRegion": "us-west-2",
        "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"type": "Role", "arn": ROLE}}},
        "requestParameters": members,
    }


def test_what_sessions_of_the_role_called_counts_with_its_days(work: tuple[str, str], tmp_path: Path) -> None:
    other = event("GetObject", 1, bucketName="theirs", key="k")
    other["userIdentity"] = {"type": "IAMUser"}
    denied = {**event("GetObject", 1, bucketName="denied", key="k"), "errorCode": "AccessDenied"}
    seen = [event("GetObject", day, bucketName="seen", key="k") for day in (9, 3)]
    more = [
        event("DescribeTable", 4, "dynamodb", tableName="t"),
        event("GetFunction20150331v2", 4, "lambda", functionName="f"),
    ]
    more.append(event("PutMetricData", 4, "monitoring"))
    (tmp_path / "trail.json").write_text(json.dumps({"Records": [other, denied, *seen, *more]}))
    options = ("--request", work[0], "--region", "us-west-2", "--observed", str(tmp_path / "trail.json"))
    done = run("compose", *options, "--explain")
    assert done.exit_code == 0, done.output
    own = {one["Sid"]: one["Resource"] for one in json.loads(done.stdout)["Statement"] if one["Sid"].startswith("Code")}
    assert own == {
        "CodeCloudwatchPutMetricData": ["*"],
        "CodeDynamodbDescribeTable": ["arn:aws:dynamodb:us-west-2:111122223333:table/t"],
        "CodeLambdaGetFunction": ["arn:aws:lambda:us-west-2:111122223333:function:f"],
        "CodeS3GetObject": ["arn:aws:s3:::seen/k"],
    }
    assert 'because of: code (observed) = "2 events, 2026-11-03 to 2026-11-09"' in done.stderr


def test_an_audit_says_of_each_statement_what_the_log_shows(work: tuple[str, str], tmp_path: Path) -> None:
    from jsonschema import Draft202012Validator

    arn = "arn:aws:secretsmanager:us-west-2:111122223333:secret"
    theirs = event("GetQueryResults", 12, "athena", queryExecutionId="q")
    item = event("GetItem", 12, "dynamodb", tableName="t")
    theirs["userIdentity"] = item["userIdentity"] = {"type": "IAMUser"}
    alias = {**event("Invoke", 12, "bedrock"), "managementEvent": False, "userIdentity": {"type": "IAMUser"}}
    alias["resources"] = [{"type": "AWS::Bedrock::FlowAlias"}]
    records = [
        event("GetSecretValue", 3, "secretsmanager", secretId=f"{arn}:a-abcdef"),
        event("CreateNetworkInterface", 5, "ec2"),
        theirs,
        item,
        alias,
    ]
    (tmp_path / "trail.json").write_text(json.dumps({"Records": records}))
    wanted = {  # statement: its action and resource, and what is said of it
        "Secret": ("secretsmanager:GetSecretValue", f"{arn}:a-*", "used"),
        "OtherSecret": ("secretsmanager:GetSecretValue", f"{arn}:b-*", "not seen"),
        "Network": ("ec2:*", "*", "used"),
        "Objects": ("s3:GetObject", "arn:aws:s3:::seen/*", "cannot be seen"),
        "AllOfS3": ("s3:*", "*", "not seen"),
        "Items": ("dynamodb:GetItem", "*", "not seen"),
        "Flows": ("bedrock:InvokeFlow", "*", "not seen"),
        "Agents": ("bedrock:InvokeAgent", "*", "cannot be seen"),
        "Pass": ("iam:PassRole", "*", "cannot be seen"),
    }
    policy = tmp_path / "policy.json"
    listed = [
        {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": on} for sid, (action, on, _) in wanted.items()
    ]
    policy.write_text(json.dumps({"Version": "2012-10-17", "Statement": listed}))
    options = ("--request", work[0], "--policy", str(policy), "--region", "us-west-2")
    observed = (*options, "--observed", str(tmp_path / "trail.json"))

    report = json.loads(run("audit", *observed, "--format", "json").stdout)
    Draft202012Validator(output_schema("audit")).validate(report)
    (role,) = report["roles"]
    found = role["observed"]
    assert (found["first"], found["last"], found["days"]) == ("2026-11-03", "2026-11-12", 10)
    by_name = {one["statement"]: one for one in found["statements"]}
    assert {sid: one["status"] for sid, one in by_name.items()} == {sid: said for sid, (*_, said) in wanted.items()}
    assert by_name["Secret"]["events"] == 1 and by_name["Secret"]["last"] == "2026-11-03"
    assert by_name["AllOfS3"]["hidden"] == ["objects of Amazon S3"]

    text = run("audit", *observed).stdout
    assert f"not seen: {policy}:1: OtherSecret: no call in 10 days (2026-11-03 to 2026-11-12)\n" in text
    log = json.loads(run("audit", *observed, "--format", "sarif").stdout)
    unused = [one for one in log["runs"][0]["results"] if one["ruleId"] == "unused"]
    assert len(unused) == 4
    assert all(
        one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("policy.json") for one in unused
    )
    assert "observed" not in json.loads(run("audit", *options, "--format", "json").stdout)["roles"][0]


# --- objects of libraries ---------------------------------------------------------------------------------------------

SDK = """
import sagemaker
from sagemaker.pytorch import PyTorch
from sagemaker.s3 import S3Downloader, S3Uploader
session = sagemaker.Session()
role = {role}
"""
FIT = """
estimator = PyTorch("train.py", framework_version="2.3", py_version="py311", role=role, instance_count=1,
                    instance_type="ml.m5.xlarge", subnets={subnets}, sagemaker_session=session)
estimator.fit("s3://data/x")
"""


def needs(catalog: Catalog, reading: Reading) -> set[tuple[str, str]]:
    return {(need.action, need.resource) for need in needs_of_code(catalog, reading.code, {})}


def test_an_sdk_sends_a_request_and_calls(catalog: Catalog) -> None:
    role = "arn:aws:iam::111122223333:role/Other"
    reading = reading_of(catalog, SDK.format(role=repr(role)) + FIT.format(subnets="['subnet-1']"))
    (request, *_) = reading.requests
    members: Any = request.members
    assert (request.operation, members["RoleArn"]) == ("CreateTrainingJob", role)
    assert members["VpcConfig"] == {"Subnets": ["subnet-1"]}
    assert members["InputDataConfig"][0]["DataSource"]["S3DataSource"]["S3Uri"] == "s3://data/x"
    assert members["AlgorithmSpecification"]["TrainingImage"].endswith("/pytorch-training:2.3-cpu-py311")
    bucket = "arn:${Partition}:s3:::sagemaker-${Region}-${Account}"
    found = needs(catalog, reading)
    assert ("s3:PutObject", f"{bucket}/pytorch-training-*/source/sourcedir.tar.gz") in found
    assert ("iam:PassRole", role) in found
    assert {"sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob", "logs:GetLogEvents"} <= {
        a for a, _ in found
    }
    assert not [one for one in reading.notices if one.message.startswith("calls ")]


@pytest.mark.parametrize(
    ("call", "action", "resource"),
    [
        ("S3Uploader.upload('a/x.csv', 's3://b/in')", "s3:PutObject", "b/in/x.csv"),
        ("S3Uploader.upload('a', 's3://b/in')", "s3:PutObject", "b/in/*"),
        ("S3Uploader.upload(local_path='a', desired_s3_uri='s3://b')", "s3:PutObject", "b/*"),
        ("S3Downloader.download('s3://b/in', 'a')", "s3:GetObject", "b/in*"),
        ("S3Downloader.download('s3://b/in', 'a')", "s3:ListBucket", "b"),
        ("S3Downloader.read_file('s3://b/in.json')", "s3:GetObject", "b/in.json"),
        ("session.upload_data('a/x.csv', 'b', 'in')", "s3:PutObject", "b/in/x.csv"),
        ("session.upload_data('a', bucket='b')", "s3:PutObject", "b/data/*"),
        ("session.boto_session.client('s3').get_object(Bucket='b', Key='k')", "s3:GetObject", "b/k"),
    ],
)
def test_sessions_and_s3_of_the_sdk(catalog: Catalog, call: str, action: str, resource: str) -> None:
    reading = reading_of(catalog, SDK.format(role="''") + call)
    assert (action, f"arn:${{Partition}}:s3:::{resource}") in needs(catalog, reading)


@pytest.mark.parametrize("subnets", ["None", "[]", "get() if x else None"])
def test_an_argument_that_is_none_is_not_given(catalog: Catalog, subnets: str) -> None:
    reading = reading_of(catalog, SDK.format(role="''") + FIT.format(subnets=subnets))
    assert ("VpcConfig" in reading.requests[0].members) is ("get" in subnets)


def test_the_execution_role_is_the_one_of_the_request(catalog: Catalog) -> None:
    code = SDK.format(role="sagemaker.get_execution_role()") + FIT.format(subnets="None")
    reading = reading_of(catalog, code, members=JOB)
    assert [one.members["RoleArn"] for one in reading.requests if "RoleArn" in one.members] == [ROLE, ROLE]
    alone = reading_of(catalog, code)
    assert alone.requests[0].members["RoleArn"] == "${CodeExecutionRole}"


@pytest.mark.parametrize("role", ["'arn:aws:iam::111122223333:role/Other'", "sagemaker.get_execution_role()"])
def test_code_is_the_role_s_that_runs_it(catalog: Catalog, role: str) -> None:
    from sagemaker_roles import compose_reading

    reading = reading_of(catalog, SDK.format(role=role) + FIT.format(subnets="None"), members=JOB)
    roles = compose_reading(catalog, reading).roles
    creating = {
        one.chosen.arn
        for one in roles
        for statement in one.composition.policy.statements
        if "sagemaker:CreateTrainingJob" in statement.actions
    }
    assert creating == {ROLE}
    alone = compose_reading(catalog, reading_of(catalog, SDK.format(role=role) + FIT.format(subnets="None")))
    (only,) = alone.roles
    granted = [{a for one in part.statements for a in one.actions} for part in only.composition[:3:2]]
    assert ["sagemaker:DescribeTrainingJob" in actions for actions in granted] == [False, True]


@pytest.mark.parametrize(
    ("code", "calls"),
    [
        ("def f(s: sagemaker.Session):\n    s.delete_endpoint('e')", [("DeleteEndpoint", {"EndpointName": "e"})]),
        ("def f(s: 'Session' = None):\n    s.delete_endpoint('e')", [("DeleteEndpoint", {"EndpointName": "e"})]),
        ("def f(s: Optional[Session]):\n    s.delete_endpoint('e')", [("DeleteEndpoint", {"EndpointName": "e"})]),
        (
            "def f(s: int, *, t: Session | None):\n    t.delete_endpoint('e')",
            [("DeleteEndpoint", {"EndpointName": "e"})],
        ),
        ("def f(s: int):\n    s.delete_endpoint('e')", []),
        (
            "s = Session(default_bucket='shelf')\nboto3.client('s3').delete_bucket(Bucket=s.default_bucket())",
            [(f"{name}Bucket", {"Bucket": "shelf"}) for name in ("Head", "Create", "Delete")],
        ),
    ],
)
def test_objects_of_the_sdk_are_known_by_types_and_have_their_methods(
    catalog: Catalog, code: str, calls: list[tuple[str, Any]]
) -> None:
    reading = reading_of(catalog, f"import boto3, sagemaker\nfrom sagemaker import Session\n{code}")
    assert [(one.operation, one.members) for one in reading.code] == calls


def test_the_counter_of_calls_tells_what_is_understood_named_and_silent(catalog: Catalog) -> None:
    from field.count_calls import verdicts

    code = (
        "import boto3\nfrom sagemaker.estimator import Estimator as E\nfrom sagemaker import odd\n"
        "e = E('image', 'role')\ne.fit()\ne.nothing()\nodd.Odd()\n"
        "s3 = boto3.client('s3')\ns3.put_object(Bucket='b', Key='k')\n"
        "def f():\n    return boto3.resource('s3').Bucket('b')\nf().upload_file('a', 'b')\n"
        "boto3.client('iam').get_paginator('list_roles').paginate()\n"
        "if hasattr(s3, 'x'):\n    s3.wave()\n"
    )
    cells = [{"cell_type": "code", "source": f"%%time\n!pip x \\\n y\n{code}"}]
    notebook = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    expected = [
        *(("E", "understood"), ("fit", "understood"), ("nothing", "named"), ("Odd", "named")),
        *(("put_object", "understood"), ("upload_file", "understood"), ("wave", "silent")),
    ]
    for name, text in (("a.py", code), ("a.ipynb", notebook)):
        found = {one.name: verdict for one, verdict in verdicts(catalog, name, text.encode())}
        assert {key: found.get(key) for key, _ in expected} == dict(expected), name
        assert found["paginate"] != "silent"


def test_a_call_that_is_not_known_is_named(catalog: Catalog) -> None:
    code = "\nsagemaker.oddities.Oddity(session).query()\nestimator.launch()\nestimator.fit(**options)\n"
    reading = reading_of(catalog, SDK.format(role="''") + FIT.format(subnets="None") + code)
    names = [
        (one.where, one.message.split()[1].strip(";")) for one in reading.notices if one.message.startswith("calls ")
    ]
    last = (SDK + FIT + code).count("\n")
    assert names == [
        (f"0.py:{last - 2}:1", "sagemaker.oddities.Oddity"),
        (f"0.py:{last - 2}:1", "sagemaker.oddities.Oddity.query"),
        (f"0.py:{last - 1}:1", "PyTorch.launch"),
        (f"0.py:{last}:1", "PyTorch.fit"),
    ]


@pytest.mark.parametrize(
    ("name", "members", "inside"),
    [
        (
            "CreateEndpoint",
            {"endpointName": "e", "tags": [{"key": "a", "value": "b"}]},
            {"sagemaker:AddTags endpoint/e"},
        ),
        ("CreateEndpoint", {"endpointName": "e"}, set()),
        # Only some requests are checked for sagemaker:DeployHubModel.
        ("CreateModel", {"modelName": "m", "executionRoleArn": ROLE}, {f"iam:PassRole {ROLE}"}),
        ("CreateTrainingPlan", {"trainingPlanName": "p"}, {"sagemaker:CreateReservedCapacity reserved-capacity/*"}),
        (
            "CreateCluster",
            {"clusterName": "c", "instanceGroups": [{"executionRole": ROLE}]},
            {"sagemaker:UpdateClusterSoftware cluster/*", f"iam:PassRole {ROLE}"},
        ),
        (
            "CreateDomain",
            {"domainName": "d", "defaultUserSettings": {"executionRole": ROLE}, "tags": [{"key": "a"}]},
            {"sagemaker:AddTags domain/*", f"iam:PassRole {ROLE}"},
        ),
        (
            "CreateInferenceExperiment",
            {"roleArn": ROLE, "tags": [{"key": "a"}]},
            {"sagemaker:AddTags inference-experiment/*", f"iam:PassRole {ROLE}"},
        ),
    ],
)
def test_an_event_brings_what_its_call_is_checked_for_inside(
    name: str, members: dict[str, Any], inside: set[str]
) -> None:
    """AddTags and iam:PassRole are authorized inside calls, and have no event of their own."""
    catalog = Catalog.load()
    event = {"eventSource": "sagemaker.amazonaws.com", "eventName": name, "awsRegion": "us-west-2"}
    call = call_of(table_of(catalog), {**event, "requestParameters": members})
    assert call is not None
    begin = "arn:${Partition}:sagemaker:us-west-2:${Account}:"
    needs = {f"{need.action} {need.resource.removeprefix(begin)}" for need in needs_of_code(catalog, [call], {})}
    assert {need for need in needs if not need.startswith(f"sagemaker:{name} ")} == inside


@pytest.mark.parametrize(
    ("text", "expected", "problem"),
    [
        ("!aws s3 cp a s3://{b}/k", {("s3:PutObject", "arn:aws:s3:::bucket/k")}, ""),
        ("x = !aws s3 cp s3://$b/k -", {("s3:GetObject", "arn:aws:s3:::bucket/k")}, ""),
        ("%%bash\n\naws iam get-role --role-name r", {("iam:GetRole", f"{ROLE_OF}r")}, ""),
        ("%%sh\nR=$(aws iam get-role \\\n  --role-name r)", {("iam:GetRole", f"{ROLE_OF}r")}, ""),
        ("import os\nos.system('aws iam list-roles')", {("iam:ListRoles", "*")}, ""),
        ("import subprocess\nsubprocess.run(['aws', 'iam', 'list-roles'])", {("iam:ListRoles", "*")}, ""),
        ("!aws s3 ls", {("s3:ListAllMyBuckets", "*")}, ""),
        (
            "!aws s3 cp s3://a/b s3://bucket/c/ --recursive",
            {
                ("s3:GetObject", "arn:aws:s3:::a/b/*"),
                ("s3:ListBucket", "arn:aws:s3:::a"),
                ("s3:PutObject", "arn:aws:s3:::bucket/c/*"),
                ("s3:ListBucket", "arn:aws:s3:::bucket"),
            },
            "",
        ),
        (
            "!aws sagemaker wait endpoint-in-service --endpoint-name e",
            {("sagemaker:DescribeEndpoint", f"arn:aws:sagemaker:{OF}:endpoint/e")},
            "",
        ),
        ("!aws configure list && pip install awscli", set(), ""),
        ("!aws gamelift list-fleets", set(), f"calls aws gamelift list-fleets; {NO_DATA}"),
        ("!aws iam get-nothing", set(), f"calls aws iam get-nothing; {NO_DATA}"),
    ],
)
def test_commands_of_code_are_calls(catalog: Catalog, text: str, expected: set[tuple[str, str]], problem: str) -> None:
    reading = Reading()
    raw = json.dumps({"cells": [cell("b = 'bucket'"), cell(text)]}).encode()
    add_code(catalog, reading, [CodeFile("a.ipynb", "a.ipynb", raw)])
    assert {one for one in pairs(catalog, reading) if not one[0].endswith("AbortMultipartUpload")} == expected
    assert [one.message for one in reading.notices if one.kind == "problem"] == [problem][: bool(problem)]
    assert {one.place for one in reading.code} <= {"a.ipynb cell 2:1", "a.ipynb cell 2:2", "a.ipynb cell 2:3"}
