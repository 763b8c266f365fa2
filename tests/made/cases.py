"""Inputs that readers once misread, broke on, or passed over; curious ones; and broken ones."""

from __future__ import annotations

import json
from typing import Any

ROLE = "arn:aws:iam::111122223333:role/R"
IMAGE = "111122223333.dkr.ecr.us-west-2.amazonaws.com/serve:3"


def resource(**properties: Any) -> dict[str, Any]:
    """A model of a template."""
    return {"Type": "AWS::SageMaker::Model", "Properties": {"ExecutionRoleArn": ROLE, **properties}}


def template(resources: dict[str, Any], **sections: Any) -> str:
    """A template with some resources and sections."""
    return json.dumps({**sections, "Resources": resources}, indent=1)


def definition(*steps: dict[str, Any], **more: Any) -> str:
    """A pipeline's definition."""
    return json.dumps({"Version": "2020-12-01", **more, "Steps": list(steps)}, indent=1)


def step(name: str, kind: str, arguments: Any = None, **more: Any) -> dict[str, Any]:
    """A step of a definition."""
    return {"Name": name, "Type": kind, **({} if arguments is None else {"Arguments": arguments}), **more}


def training(**arguments: Any) -> dict[str, Any]:
    """The arguments of a training step."""
    return {"RoleArn": ROLE, "OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-bucket/models/"}, **arguments}


def stack(resources: dict[str, Any], given: dict[str, str] | None = None, **sections: Any) -> tuple[str, str, Any]:
    """A template as a file, and values for its parameters."""
    return "t.json", template(resources, **sections), given or {}


def steps(*several: dict[str, Any], **more: Any) -> tuple[str, str, Any]:
    """A pipeline's definition as a file."""
    return "d.json", definition(*several, **more), {}


def whole(name: str, value: Any, indent: int | None = None) -> tuple[str, str, Any]:
    """A value as a file."""
    return name, json.dumps(value, indent=indent), {}


def joined(on: str, *values: Any) -> dict[str, Any]:
    """Values that a pipeline joins."""
    return {"Std:Join": {"On": on, "Values": list(values)}}


def serving(url: Any) -> dict[str, Any]:
    """A container with a model artifact."""
    return {"Image": IMAGE, "ModelDataUrl": url}


def rooted(resources: Any) -> dict[str, Any]:
    """The values of a plan whose resources are in no module."""
    return {"root_module": {"resources": resources}}


NAME = {"Get": "Execution.PipelineName"}
RUN = {"Get": "Execution.PipelineExecutionId"}


def in_run(*values: Any) -> dict[str, Any]:
    """A path of a definition."""
    return joined("/", *values)


def model_of(url: Any) -> dict[str, Any]:
    """The arguments of a step that makes a model of an artifact."""
    return {"ExecutionRoleArn": ROLE, "PrimaryContainer": serving(url)}


def pipeline(where: dict[str, Any]) -> str:
    """A template of a pipeline whose definition is somewhere."""
    given = {"PipelineName": "churn", "RoleArn": ROLE, "PipelineDefinition": where}
    return json.dumps({"Resources": {"P": {"Type": "AWS::SageMaker::Pipeline", "Properties": given}}})


def plan(*addresses: str) -> str:
    """A plan of models whose subnets are known only after apply."""
    resources = [
        {"address": item, "type": "aws_sagemaker_model", "name": "this", "values": {"name": item, "vpc_config": [{}]}}
        for item in addresses
    ]
    changes = [
        {"address": item, "change": {"after_unknown": {"vpc_config": [{"subnets": True}]}}} for item in addresses
    ]
    return json.dumps({"format_version": "1.2", "planned_values": rooted(resources), "resource_changes": changes})


def event(source: str = "sagemaker.amazonaws.com") -> str:
    """An event of a log, its source as it is written."""
    members = json.dumps({"modelName": "m", "executionRoleArn": ROLE})
    return f'{{"eventSource": "{source}", "eventName": "CreateModel", "requestParameters": {members}}}'


LOOP = {"Fn::ForEach::Models": ["Name", {"Ref": "Names"}, {"Model${Name}": resource(ModelName={"Ref": "Name"})}]}
NESTED = {
    "Fn::ForEach::A": [
        "A",
        ["x", "y"],
        {"Fn::ForEach::B": ["B", ["1", "2"], {"M${A}&{B}": resource(ModelName={"Fn::Sub": "${A}-${B}"})}]},
    ]
}
DEEP = {
    f"P{number}": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": f"P{number + 1}"}}}
    for number in range(500)
}
FOLLOWED = [step(f"S{number}", "Training", training(X={"Get": f"Steps.S{number + 1}.X"})) for number in range(500)]

#: Name to file name, text and values for parameters.
MISREAD: dict[str, tuple[str, str, dict[str, str]]] = {
    "a loop over a list parameter": stack(
        LOOP, Parameters={"Names": {"Type": "CommaDelimitedList", "Default": "a, b"}}
    ),
    "a loop over a parameter without a value": stack(LOOP, Parameters={"Names": {"Type": "CommaDelimitedList"}}),
    "a loop over a given parameter": stack(
        LOOP, Parameters={"Names": {"Type": "CommaDelimitedList"}}, given={"Names": "c"}
    ),
    "a loop in a loop": stack(NESTED),
    "a loop in properties": stack(
        {"M": resource(PrimaryContainer={"Fn::ForEach::X": ["K", ["Image"], {"${K}": IMAGE}]})}
    ),
    "a loop that is none": stack({"Fn::ForEach::X": "x", "M": resource(ModelName="m")}),
    "a loop without an end": stack(
        {
            "Fn::ForEach::X": [
                "I",
                [str(i) for i in range(9000)],
                {"M${I}": resource(ModelName="x", Tags=[{"Key": "k", "Value": "v"}])},
            ]
        }
    ),
    "nested stacks, modules and macros": stack(
        {
            "Net": {"Type": "AWS::CloudFormation::Stack"},
            "App": {"Type": "AWS::Serverless::Application"},
            "Mod": {"Type": "My::Own::Thing::MODULE"},
            "Fn::Transform": {"Name": "AWS::Include"},
            "M": resource(ModelName="m"),
        },
        Transform=["AWS::LanguageExtensions", "MyMacro", {"Name": "Other"}],
    ),
    "a macro alone": stack({"M": resource(ModelName="m")}, Transform="MyMacro"),
    "a parameter called as a placeholder": stack(
        {"M": resource(PrimaryContainer=serving({"Fn::Sub": "s3://${ModelBucket}/m.tar.gz"}))},
        Parameters={"ModelBucket": {"Type": "String"}},
    ),
    "two unknown results of one function": stack(
        {"M": resource(Tags=[{"Key": {"Fn::Base64": "a"}, "Value": {"Fn::Base64": "b"}}])}
    ),
    "dynamic references in Fn::Sub": stack(
        {
            "M": resource(
                ModelName={"Fn::Sub": "a-{{resolve:ssm:/x/${Env}}}-b"},
                Tags=[{"Key": "{{resolve:ssm:/y}}", "Value": "{{resolve:"}],
            )
        }
    ),
    "a mapping of itself": stack(
        {"M": resource(ModelName={"Fn::FindInMap": ["A", "b", "c"]})},
        Mappings={"A": {"b": {"c": {"Fn::FindInMap": ["A", "b", "c"]}}}},
    ),
    "a default of Fn::FindInMap": stack(
        {"M": resource(ModelName={"Fn::FindInMap": ["A", "b", "c", {"DefaultValue": "d"}]})}
    ),
    "references one after the other": stack({**DEEP, "M": resource(ModelName={"Ref": "P0"})}),
    "conditions one after the other": stack(
        {"M": resource(ModelName={"Fn::If": ["C0", "a", "b"]})},
        Conditions={f"C{i}": {"Fn::Not": [{"Condition": f"C{i + 1}"}]} for i in range(500)},
    ),
    "digits that are none": stack(
        {
            "M": resource(
                ModelName={"Fn::Select": ["²", ["a", "b"]]},
                Tags=[{"Key": {"Fn::Select": ["1", ["a", "b"]]}, "Value": "x"}],
            )
        }
    ),
    "a type that is a list": stack({"A": {"Type": ["x"]}, "M": resource(ModelName={"Ref": "A"})}),
    "an S3 location in two shapes": stack(
        {
            "P": {
                "Type": "AWS::SageMaker::Pipeline",
                "Properties": {
                    "PipelineDefinition": {
                        "PipelineDefinitionS3Location": {"Bucket": "amzn-s3-demo-bucket", "Key": "k"}
                    },
                    "PipelineDefinitionS3Location": "s3://amzn-s3-demo-bucket/k",
                    "RoleArn": ROLE,
                },
            }
        }
    ),
    "a list for a default": stack(
        {"M": resource(ModelName={"Ref": "P"}, Tags=[{"Key": {"Fn::Select": [0, {"Ref": "L"}]}, "Value": "x"}])},
        Parameters={"P": {"Default": ["a", 1.0]}, "L": {"Type": "CommaDelimitedList", "Default": ["x", "y"]}},
    ),
    "two modules with one name": (
        "p.json",
        plan("module.a.aws_sagemaker_model.this", "module.b.aws_sagemaker_model.this"),
        {},
    ),
    "a list with a value after apply": (
        "p.json",
        plan("aws_sagemaker_model.this"),
        {"ThisSubnets": "subnet-0123456789abcdef0,subnet-0123456789abcdef1"},
    ),
    "a list of nothing after apply": ("p.json", plan("aws_sagemaker_model.this"), {"ThisSubnets": ""}),
    "two keys of one resource": ("p.json", plan('aws_sagemaker_model.this["a"]', 'aws_sagemaker_model.this["b"]'), {}),
    "nothing known of a resource": whole(
        "p.json",
        {
            "format_version": "1",
            "planned_values": rooted([{"address": "a.b", "type": "aws_sagemaker_model", "values": {}}]),
            "resource_changes": [{"address": "a.b", "change": {"after_unknown": True}}],
        },
    ),
    "the artifact of a training step": steps(
        step("Train", "Training", training()),
        step("M", "Model", model_of({"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"})),
    ),
    "the best model of a tuning step": steps(
        step("Tune", "Tuning", {"TrainingJobDefinition": {"RoleArn": ROLE}}),
        step(
            "M",
            "Model",
            model_of(
                joined(
                    "/",
                    "s3:/",
                    "amzn-s3-demo-bucket",
                    "tuned",
                    {"Get": "Steps.Tune.TrainingJobSummaries[0].TrainingJobName"},
                    "output/model.tar.gz",
                )
            ),
        ),
    ),
    "the outputs of processing and transform steps": steps(
        step(
            "P",
            "Processing",
            {
                "RoleArn": ROLE,
                "ProcessingOutputConfig": {
                    "Outputs": [{"OutputName": "train", "S3Output": {"S3Uri": "s3://amzn-s3-demo-bucket/features"}}]
                },
            },
        ),
        step("T", "Transform", {"TransformOutput": {"S3OutputPath": "s3://amzn-s3-demo-bucket/scored"}}),
        step("M", "Model", model_of({"Get": "Steps.P.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"})),
        step("N", "Model", model_of({"Get": "Steps.T.TransformOutput.S3OutputPath"})),
    ),
    "names that each run has of its own": steps(
        step(
            "T",
            "Training",
            training(
                OutputDataConfig={"S3OutputPath": in_run("s3:/", "amzn-s3-demo-bucket", "runs", RUN, "models")},
                CheckpointConfig={"S3Uri": in_run("s3:/", joined("-", "amzn", RUN), "c")},
                Environment={"REPORT": in_run('x="s3:/', "amzn-s3-demo-bucket", RUN, 'report"')},
            ),
        ),
        step("M", "Model", model_of({"Get": "Steps.T.ModelArtifacts.S3ModelArtifacts"})),
        step("N", "Model", model_of({"Get": "Execution.PipelineExecutionId"})),
    ),
    "what steps name outside a request": steps(
        step("F", "Lambda", FunctionArn={"Get": "Parameters.Fn"}),
        step("G", "Lambda", FunctionArn="arn:aws:lambda:us-west-2:111122223333:function:other"),
        step("W", "Callback", SqsQueueUrl="https://sqs.us-west-2.amazonaws.com/111122223333/my-queue"),
        step("E", "EMR", {"StepConfig": {}}, ClusterId="j-1ABCDEFGHIJKL"),
        step("S", "EMRServerless", {"ApplicationId": "00f1r2xexampleid", "ExecutionRoleArn": ROLE}),
        step("O", "EMRServerless", {"ApplicationConfig": {}, "ExecutionRoleArn": {"Get": "Parameters.Open"}}),
        Parameters=[{"Name": "Fn", "DefaultValue": "arn:aws:lambda:us-west-2:111122223333:function:notify"}],
        MlflowConfig={"MlflowResourceArn": "arn:aws:sagemaker:us-west-2:111122223333:mlflow-app/app-ABCDEFGH1234"},
    ),
    "files that functions read, and roles of clusters": steps(
        step(
            "P",
            "Processing",
            {
                "ProcessingOutputConfig": {
                    "Outputs": [
                        {"OutputName": "reports", "S3Output": {"S3Uri": "s3://amzn-s3-demo-bucket/reports"}},
                        {"OutputName": "other"},
                    ]
                }
            },
            PropertyFiles=[
                {"PropertyFileName": "Report", "OutputName": "reports", "FilePath": "a/report.json"},
                {"PropertyFileName": "Other", "OutputName": "other", "FilePath": "x.json"},
            ],
        ),
        step(
            "C",
            "Condition",
            {
                "Conditions": [
                    {"LeftValue": {"Std:JsonGet": {"PropertyFile": {"Get": reference}, "Path": "x"}}}
                    for reference in ("Steps.P.PropertyFiles.Report", "Steps.P.PropertyFiles.Other", "Steps.Q", 1)
                ]
                + [{"LeftValue": {"Std:JsonGet": {"S3Uri": "s3://amzn-s3-demo-bucket/r.json", "Path": "x"}}}],
                "IfSteps": [
                    step("E", "EMR", {"ClusterConfig": {"ServiceRole": "EmrService", "JobFlowRole": "Instances"}}),
                    step(
                        "S",
                        "EMRServerless",
                        {
                            "ExecutionRoleArn": ROLE,
                            "ApplicationConfig": {
                                "networkConfiguration": {
                                    "subnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
                                    "securityGroupIds": ["sg-0123456789abcdef0"],
                                },
                                "imageConfiguration": {"imageUri": IMAGE},
                            },
                            "JobConfig": {
                                "jobDriver": {"sparkSubmit": {"entryPoint": "s3://amzn-s3-demo-bucket/a.py"}}
                            },
                        },
                    ),
                ],
            },
        ),
    ),
    "loops, and steps that delete outputs": steps(
        step(
            "L",
            "ForEach",
            {
                "IterableItems": ["a"],
                "ForEachBody": [
                    step(
                        "T",
                        "Training",
                        {"RoleArn": ROLE, "OutputDataConfig": {"S3OutputPath": "s3://amzn-s3-demo-bucket/models/"}},
                    )
                ],
            },
        ),
        step("D", "Cleanup", {"Resources": {"S3": [{"StepName": "T"}, {"StepName": "A"}, {"StepName": 1}, 2]}}),
        {
            "Type": "Cleanup",
            "Arguments": {
                "Resources": {
                    "S3": [
                        {"StepName": "T", "S3Uris": ["s3://amzn-s3-demo-bucket/a", {"Get": "Parameters.Where"}]},
                        {"StepName": "Z"},
                    ]
                }
            },
        },
        Parameters=[{"Name": "Where", "DefaultValue": "s3://amzn-s3-demo-bucket/b"}],
    ),
    "a condition of one resource and of the next": stack(
        {
            "A": resource(ModelName={"Fn::If": ["Open", "a", "b"]}),
            "B": {**resource(ModelName="c"), "Condition": "Open"},
        },
        Parameters={"P": {"Type": "String"}},
        Conditions={"Open": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
    ),
    "a definition in Amazon S3": (
        "t.json",
        pipeline({"PipelineDefinitionS3Location": {"Bucket": "amzn-s3-demo-bucket", "Key": "d"}}),
        {},
    ),
    "the name of the pipeline in its definition": (
        "t.json",
        pipeline(
            {
                "PipelineDefinitionBody": definition(
                    step("M", "Model", model_of(in_run("s3:/", "amzn-s3-demo-bucket", NAME)))
                )
            }
        ),
        {},
    ),
    "what SDKs write into steps": steps(
        step("E", "EMR", {"ClusterId": "j-1ABCDEFGHIJKL", "StepConfig": {}}),
        step("Q", "QualityCheck", {}, ModelPackageGroupName="churn", SuppliedBaselineStatistics=None),
        step("C", "ClarifyCheck", {}, SuppliedBaselineConstraints="s3://amzn-s3-demo-bucket/constraints.json"),
        MlflowConfig=None,
    ),
    "properties one after the other": steps(*FOLLOWED),
    "joined values of any kind": steps(
        step("T", "Training", training(TrainingJobName=joined("-", True, None, 1.5, 1, "a")))
    ),
    "a source in escapes": ("log.json", '{"Records": [' + event("\\u0073agemaker.amazonaws.com") + "]}", {}),
    "two logs": ("log.json", f'{{"Records": [{event()}]}}\n{{"Records": [{event()}]}}\n', {}),
    "keys after the events": ("log.json", f'{{"Records": [{event()}], "more": {{"a": [1]}}}}', {}),
    "an IAM policy": whole(
        "x.json", {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    ),
    "a role of IAM": whole(
        "x.json", {"RoleName": "R", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}
    ),
    "an account's answer of IAM": whole("x.json", {"UserDetailList": [], "RoleDetailList": []}),
    "an answer of get-role": whole(
        "x.json", {"Role": {"RoleName": "R", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}}
    ),
    "a configuration of Terraform": ("main", '# a model\nresource "aws_sagemaker_model" "x" {\n  name = "x"\n}\n', {}),
    "a message": (
        "-",
        "An error occurred (AccessDeniedException) when calling the CreateModel operation: User: x is not authorized\n",
        {},
    ),
    "an archive": ("x", "PK\x03\x04 and so on", {}),
    "events in many lists": (
        "log.json",
        '{"Records": [{"eventSource": "sagemaker", "eventName": "CreateModel", "x": ' + "[" * 983 + "]" * 983 + "}]}",
        {},
    ),
}

LISTS = {
    "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>"},
    "Groups": {"Type": "CommaDelimitedList"},
    "Joined": {"Type": "String"},
}
VPC = {"Subnets": {"Ref": "Subnets"}, "SecurityGroupIds": {"Ref": "Groups"}}
MIXED = {
    "Subnets": {"Fn::Split": [",", {"Ref": "Joined"}]},
    "SecurityGroupIds": [{"Fn::Select": [0, {"Ref": "Groups"}]}, "sg-0123456789abcdef0"],
}

#: Templates with lists whose length is not known: name to text and values for parameters.
LISTED: dict[str, tuple[str, dict[str, str]]] = {
    "lists": (template({"M": resource(VpcConfig=VPC)}, Parameters=LISTS), {}),
    "lists, Region known": (template({"M": resource(VpcConfig=VPC)}, Parameters=LISTS), {"Region": "us-west-2"}),
    "a list that is split, elements": (template({"M": resource(VpcConfig=MIXED)}, Parameters=LISTS), {}),
    "lists of two roles": (
        template(
            {
                "M": resource(VpcConfig=VPC),
                "N": resource(ExecutionRoleArn=f"{ROLE}2", VpcConfig=MIXED),
                "Element": {"Type": "AWS::S3::Bucket"},
            },
            Parameters={**LISTS, "SubnetsElement": {"Type": "String"}},
        ),
        {},
    ),
    "a list with a value": (
        template({"M": resource(VpcConfig=VPC)}, Parameters=LISTS),
        {"Subnets": "subnet-0123456789abcdef0,subnet-0123456789abcdef1"},
    ),
    "a list that is split, with a value": (
        template({"M": resource(VpcConfig=MIXED)}, Parameters=LISTS),
        {"Split": "subnet-0123456789abcdef0, subnet-0123456789abcdef1,", "Groups": "sg-0123456789abcdef1"},
    ),
    "a list called as a placeholder": (
        template(
            {"M": resource(VpcConfig={"Subnets": {"Ref": "SubnetId"}, "SecurityGroupIds": {"Ref": "SubnetId"}})},
            Parameters={"SubnetId": {"Type": "CommaDelimitedList"}},
        ),
        {},
    ),
    "a list of a domain": (
        template(
            {
                "D": {
                    "Type": "AWS::SageMaker::Domain",
                    "Properties": {
                        "AuthMode": "IAM",
                        "DomainName": "d",
                        "VpcId": "vpc-0123456789abcdef0",
                        "SubnetIds": {"Ref": "Subnets"},
                        "DefaultUserSettings": {"ExecutionRole": ROLE, "SecurityGroups": {"Ref": "Groups"}},
                    },
                }
            },
            Parameters=LISTS,
        ),
        {},
    ),
}

#: Requests whose hyperparameters, environment and arguments name resources, of which nothing known uses some.
SECRETS = "\n".join(
    json.dumps({name: members})
    for name, members in {
        "CreateProcessingJob": {
            "RoleArn": ROLE,
            "AppSpecification": {
                "ImageUri": IMAGE,
                "ContainerArguments": ["--token", "s3://amzn-s3-demo-bucket/token-1"],
            },
            "Environment": {
                "PIN": 1234,
                "A": "arn:aws:secretsmanager:us-west-2:111122223333:secret:name-2-AbCdEf",
                "MLFLOW_TRACKING_URI": "arn:aws:sagemaker:us-west-2:111122223333:mlflow-app/secret-3",
                "SAGEMAKER_SUBMIT_DIRECTORY": "s3://No/secret-4",
            },
        },
        "CreateTrainingJob": {
            **training(),
            "HyperParameters": {
                "sagemaker_submit_directory": "s3://amzn-s3-demo-bucket/secret-5.tar.gz",
                "sagemaker_s3_output": '"s3://Wrong_Bucket/secret-6"',
                "x": "arn:aws:dynamodb:us-west-2:111122223333:table/secret-7",
            },
        },
    }.items()
)

_JOB = {"JobName": "j", "JobCategory": "AgentRFT", "JobConfigSchemaVersion": "1.0.0", "RoleArn": ROLE}

MISREAD |= {
    f"the configuration of a job, {name}": whole("r.json", {**_JOB, "JobConfigDocument": text})
    for name, text in {
        "as the SDK writes it": json.dumps(
            {
                "AgentConfig": {
                    "CustomAgentLambdaConfig": {"LambdaArn": "arn:aws:lambda:us-west-2:111122223333:function:f"}
                },
                "InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": "s3://amzn-s3-demo-bucket/in"}}}],
                "OutputDataConfig": {
                    "S3OutputPath": "s3://amzn-s3-demo-bucket/out",
                    "MlflowConfig": {
                        "MlflowResourceArn": "arn:aws:sagemaker:us-west-2:111122223333:mlflow-tracking-server/t"
                    },
                },
                "VpcConfig": {"Subnets": ["subnet-0123456789abcdef0"], "SecurityGroupIds": ["sg-0123456789abcdef0"]},
                "Else": "s3://amzn-s3-demo-bucket/else",
            }
        ),
        "with a malformed value": '{"OutputDataConfig": {"S3OutputPath": "s3://Bad_Bucket/out"}}',
        "of another shape": '{"OutputDataConfig": ["s3://amzn-s3-demo-bucket/out"], "InputDataConfig": {"A": 1}}',
        "which is a list": '["s3://amzn-s3-demo-bucket/out"]',
        "which is no JSON": "{OutputDataConfig: NaN}",
    }.items()
}
MISREAD |= {
    f"hyperparameters of {name}": whole(
        "r.json",
        {
            "TrainingJobName": "j",
            "RoleArn": "arn:aws:iam::111122223333:role/R",
            "AlgorithmSpecification": {"TrainingImage": image, "TrainingInputMode": "File"},
            "HyperParameters": {"model_dir": "s3://amzn-s3-demo-bucket/model", "k": "s3://amzn-s3-demo-k/x", **more},
        },
    )
    for name, image, more in (
        ("XGBoost", "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1.7-1", {}),
        (
            "a script of XGBoost",
            "246618743249.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1.7-1",
            {"sagemaker_program": "t.py", "sagemaker_submit_directory": "s3://amzn-s3-demo-bucket/code.tar.gz"},
        ),
        ("an own image called XGBoost", "111122223333.dkr.ecr.us-west-2.amazonaws.com/sagemaker-xgboost:1", {}),
        ("k-means", "174872318107.dkr.ecr.us-west-2.amazonaws.com/kmeans:1", {}),
        ("TensorFlow", "763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:2.14", {}),
    )
}
MISREAD["the configuration of a job that names a parameter"] = steps(
    step(
        "J",
        "Job",
        {
            **{key: value for key, value in _JOB.items() if key != "JobName"},
            "JobConfigDocument": joined(
                "",
                '{"OutputDataConfig": {"S3OutputPath": "s3://',
                {"Get": "Parameters.Open"},
                '/out"}, "InputDataConfig": [{"DataSource": {"S3DataSource": {"S3Uri": "s3://',
                {"Get": "Parameters.Bucket"},
                '/in"}}}]}',
            ),
        },
    ),
    Parameters=[{"Name": "Bucket", "DefaultValue": "amzn-s3-demo-bucket"}, {"Name": "Open"}],
)

#: Arguments that a function of a template does not take, or takes at its limits.
ARGUMENTS: dict[str, list[Any]] = {
    "Ref": [[], {"a": 1}, "", "Nobody", "AWS::Nothing", 7, None],
    "Fn::GetAtt": [
        "B",
        "B.Arn",
        "B.Nothing",
        ["B"],
        ["B", {"Ref": "P"}],
        ["B", "Arn", "x"],
        [["B"], "Arn"],
        "Nobody.Arn",
        {},
    ],
    "Fn::Sub": [
        ["${X}"],
        ["${X}", []],
        ["${X}", {"X": "x"}],
        ["${X}", {"X": ["a", "b"]}],
        ["${B.Arn}", {}, 1],
        7,
        "${ B }${!B}",
    ],
    "Fn::Join": [["", "x"], [1, ["a"]], ["-"], ["-", ["a", {"Ref": "B"}], 1], ["-", [["a"], {"b": 1}]], ["-", []]],
    "Fn::Select": [
        [0],
        [0, ["a"]],
        [1, ["a"]],
        ["0", ["a"]],
        [-1, ["a"]],
        [0, "a"],
        [0, {"Ref": "L"}],
        [{"Ref": "P"}, ["a"]],
    ],
    "Fn::Split": [[",", "a,b"], ["", "a"], [",", ["a"]], [","], [1, "a"], [",", {"Ref": "P"}]],
    "Fn::FindInMap": [
        ["M", "a"],
        "M",
        ["M", "a", "b"],
        ["M", "a", "c"],
        ["M", "a", "l"],
        ["M", "x", "b", {"DefaultValue": "d"}],
    ],
    "Fn::If": [["C", "a"], "C", ["C", "a", "b"], [["C"], "a", "b"], ["Nobody", "a", "b"], ["Open", "a", "b"]],
    "Fn::ImportValue": ["a-b", {"Fn::Sub": "${P}-b"}, ["a"], 7, "-"],
    "Fn::ToJsonString": [{"a": [1, 2.50, None, True, "é"]}, {"a": {"Ref": "P"}}, "x"],
}
SECTIONS: dict[str, Any] = {
    "Parameters": {
        "P": {"Type": "String"},
        "L": {"Type": "CommaDelimitedList"},
        "D": {"Type": "String", "Default": "d"},
    },
    "Mappings": {"M": {"a": {"b": "x", "l": ["y", "z"]}}},
    "Conditions": {"C": {"Fn::Equals": [{"Ref": "D"}, "d"]}, "Open": {"Fn::Equals": [{"Ref": "P"}, "d"]}},
}
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
BUCKET = {"Type": "AWS::S3::Bucket"}
CHOSEN = {f"K{number}": {"Fn::If": [f"C{number}", "a", "b"]} for number in range(9)}

MISREAD |= {
    f"arguments of {name}": stack(
        {"B": BUCKET, "M": resource(Tags=[{"Key": f"k{at}", "Value": {name: item}} for at, item in enumerate(some)])},
        **SECTIONS,
    )
    for name, some in ARGUMENTS.items()
}
MISREAD |= {
    "conditions of every kind": stack(
        {f"M{at}": {**resource(ModelName=f"m{at}"), "Condition": f"X{at}"} for at in range(14)},
        Parameters=SECTIONS["Parameters"],
        Conditions={
            **SECTIONS["Conditions"],
            **{
                f"X{at}": value
                for at, value in enumerate(
                    [
                        {"Condition": "C"},
                        {"Condition": ["C"]},
                        {"Fn::Not": [{"Condition": "C"}]},
                        {"Fn::Not": [{"Condition": "C"}, {"Condition": "C"}]},
                        {"Fn::And": [{"Condition": "C"}, {"Condition": "Open"}]},
                        {"Fn::And": [{"Fn::Not": [{"Condition": "C"}]}, {"Condition": "Open"}]},
                        {"Fn::Or": [{"Condition": "C"}, {"Condition": "Open"}]},
                        {"Fn::Or": [{"Fn::Not": [{"Condition": "C"}]}, {"Condition": "Open"}]},
                        {"Fn::Equals": ["a"]},
                        {"Fn::Equals": [1, "1"]},
                        {"Fn::Equals": [["a"], "a"]},
                        {"Fn::Not": [{"Condition": "C"}], "Fn::And": []},
                        {"Fn::Nothing": []},
                        "C",
                    ]
                )
            },
        },
    ),
    "too many conditions": stack(
        {"M": resource(Tags=[{"Key": key, "Value": value} for key, value in CHOSEN.items()])},
        Parameters={f"P{number}": {"Type": "String"} for number in range(9)},
        Conditions={
            f"C{number}": {"Fn::Or": [{"Condition": f"C{number - 1}"}, {"Fn::Equals": [{"Ref": f"P{number}"}, "x"]}]}
            for number in range(9)
        },
    ),
    "a bucket named after itself": stack(
        {
            "B": {**BUCKET, "Properties": {"BucketName": {"Fn::Sub": "${B}-${C.Arn}"}}},
            "C": {**BUCKET, "Properties": {"BucketName": {"Ref": "B"}}},
            "M": resource(PrimaryContainer=serving({"Fn::Sub": "s3://${C}/m.tar.gz"})),
        }
    ),
    "faults of the second event": (
        "log.json",
        '{"Records": [' + event() + ",\n" + event().replace('"m"', "12").replace("role/R", "role/*") + "]}",
        {},
    ),
    "resources of a plan that are called as their operation": whole(
        "p.json",
        {
            "format_version": "1.2",
            "values": rooted(
                [
                    {"address": "a", "type": "aws_sagemaker_flow_definition", "values": {"role_arn": ROLE}},
                    {"type": "aws_sagemaker_device_fleet", "values": {"role_arn": ROLE, "device_fleet_name": "f"}},
                    {"address": "b", "type": "aws_sagemaker_model", "mode": "data", "values": {"name": "m"}},
                    {"address": "c", "type": "aws_sagemaker_nothing", "values": {"role_arn": ROLE}},
                    {"address": "d", "type": ["aws_sagemaker_model"], "values": {}},
                    {"address": "e", "type": "aws_s3_bucket", "values": {}},
                ]
            ),
        },
        1,
    ),
    "values that a log does not show": whole(
        "log.json",
        {
            "Records": [
                {"eventSource": "sagemaker.amazonaws.com", "eventName": name, **more}
                for name, more in [
                    ("CreateModel", {"requestParameters": {"modelName": "m", "vpcConfig": HIDDEN, "tags": HIDDEN}}),
                    ("CreateModel", {"requestParameters": {"modelName": HIDDEN, "containers": [HIDDEN]}}),
                    ("CreateModel", {"requestParameters": None}),
                    ("CreateEndpointConfig", {}),
                    ("CreateModel", {"requestParameters": "x", "errorCode": "AccessDenied"}),
                    ("DescribeModel", {"requestParameters": {"modelName": "m"}}),
                    (12, {"requestParameters": {"modelName": "m"}}),
                ]
            ]
        },
        1,
    ),
    "a pipeline whose definition is none": whole(
        "x.json", {"CreatePipeline": {"PipelineName": "p", "RoleArn": ROLE, "PipelineDefinition": '{"Steps": [}'}}
    ),
    "blocks of a plan in other shapes": whole(
        "p.json",
        {
            "format_version": "1.2",
            "planned_values": rooted(
                [
                    {
                        "address": f"aws_sagemaker_model.{name}",
                        "type": "aws_sagemaker_model",
                        "name": name,
                        "values": {"name": ["m"], "execution_role_arn": [None], **more},
                    }
                    for name, more in {
                        "a": {"vpc_config": [{"subnets": ["subnet-0123456789abcdef0", None, ""]}]},
                        "b": {"vpc_config": [], "primary_container": [None]},
                        "c": {"vpc_config": None, "tags": {"k": "v"}, "enable_network_isolation": [""]},
                        "d": {"vpc_config": "x", "container": [{"image": [IMAGE]}, {"image": None}]},
                    }.items()
                ]
            ),
            "resource_changes": [
                {"address": "aws_sagemaker_model.a", "change": {"after_unknown": {"vpc_config": {"subnets": True}}}},
                {
                    "address": "aws_sagemaker_model.b",
                    "change": {"after_unknown": {"vpc_config": [{}, {"subnets": True}]}},
                },
                {
                    "address": "aws_sagemaker_model.c",
                    "change": {"after_unknown": {"vpc_config": [{"subnets": [True]}]}},
                },
                {
                    "address": "aws_sagemaker_model.d",
                    "change": {"after_unknown": {"vpc_config": [True], "name": [True]}},
                },
            ],
        },
        1,
    ),
    "values of another partition, Region or account": (
        "x.json",
        json.dumps(
            {
                "CreateModel": {
                    "ExecutionRoleArn": ROLE,
                    "PrimaryContainer": {
                        "Image": IMAGE.replace("us-west-2", "zz-west-2"),
                        "ModelDataUrl": "s3://a.mrap/k",
                    },
                    "Containers": [
                        serving(f"s3://data{end}/k")
                        for end in ("--ol-s3", "--xa-s3", "--table-s3", "--x-s3", "-s3alias", "--usw2-az1--x-s3")
                    ],
                }
            }
        ),
        {"ModelBucket": "data--ol-s3", "Region": "cn-north-1"},
    ),
    "unknown beginnings of reserved names": stack(
        {
            f"M{at}": resource(PrimaryContainer=serving({"Fn::Sub": f"s3://${{N}}{end}/k"}))
            for at, end in enumerate(["--ol-s3", "-s3alias", ".mrap", ""])
        },
        Parameters={"N": {"Type": "String"}},
    ),
    "keys of other places": whole(
        "x.json",
        [
            {"CreateNotebookInstance": {"RoleArn": ROLE, "KmsKeyId": f"arn:{place}"}}
            for place in (
                "aws:kms:us-west-2:999999999999:alias/aws/s3",
                "aws:kms:us-west-2:111122223333:alias/aws/s3",
                "aws-cn:kms:us-west-2:111122223333:alias/data",
                "aws-zz:kms:us-west-2:111122223333:alias/data",
                "aws:kms:zz-west-2:111122223333:alias/data",
                "aws-cn:kms:cn-north-1:111122223333:alias/data",
            )
        ],
    ),
    "a partition that is none": stack({"M": resource(ModelName="m")}, given={"Partition": "aws-zz"}),
    "options of arguments": whole(
        "x.json",
        {
            "CreateProcessingJob": {
                "RoleArn": ROLE,
                "AppSpecification": {
                    "ImageUri": "153931337802.dkr.ecr.us-west-2.amazonaws.com/sagemaker-spark-processing:3.5",
                    "ContainerEntrypoint": [
                        "smspark-submit",
                        "--jars",
                        "s3://amzn-s3-demo-bucket/a.jar,s3://amzn-s3-demo-bucket/b.jar",
                    ],
                    "ContainerArguments": [
                        "--local-spark-event-logs-dir=/x",
                        "--py-files=s3://amzn-s3-demo-bucket/p.zip",
                        "--files",
                        "s3://amzn-s3-demo-bucket/f.txt",
                        "s3://amzn-s3-demo-bucket/app.py",
                        "--conf",
                        "--s3",
                        "s3://amzn-s3-demo-bucket/q",
                    ],
                },
                "Environment": {
                    "AWS_SPARK_CONFIG_MODE": "2",
                    "SAGEMAKER_SUBMIT_DIRECTORY": "s3://amzn-s3-demo-bucket/c.tar.gz",
                },
            }
        },
    ),
}

#: File name to text.
CURIOUS: dict[str, str] = {
    "empty.json": "",
    "blank.yaml": " \n",
    "null.yaml": "~",
    "scalar.yaml": "just text",
    "list.json": "[1, 2]",
    "unknown.json": '{"Foo": 1}',
    "several.json": '{"RoleArn": "arn:aws:iam::111122223333:role/R"}',
    "named.json": '{"createTrainingJob": {"role_arn": "arn:aws:iam::111122223333:role/R"}}',
    "lines.json": '{"CreateModel": {"ModelName": "a"}}\n{"CreateModel": {"ModelName": "b"}}\n',
    "wrapped.yaml": "CreateModel:\n  ModelName: a\n  ExecutionRoleArn: &r arn:aws:iam::111122223333:role/R\n"
    "  Tags: [{Key: *r, Value: x}]\n",
    "keys that are numbers.yaml": "CreateModel:\n  ModelName: m\n  PrimaryContainer:\n    Environment:\n"
    "      b: s3://amzn-s3-demo-b/x\n      '10': s3://amzn-s3-demo-10/x\n      '9': s3://amzn-s3-demo-9/x\n"
    "      '01': s3://amzn-s3-demo-01/x\n      a: s3://amzn-s3-demo-a/x\n      '4294967295': s3://amzn-s3-demo-c/x\n",
    "keys that are numbers.json": '{"CreateModel": {"ModelName": "m", "PrimaryContainer": {"Environment": '
    '{"b": "s3://amzn-s3-demo-b/x", "10": "s3://amzn-s3-demo-10/x", "9": "s3://amzn-s3-demo-9/x"}}}}',
    "merge.yaml": "base: &b {ModelName: a}\n---\nCreateModel:\n  <<: {ModelName: a}\n  ExecutionRoleArn: 'x'\n",
    "numbers.yaml": "CreateModel: {ModelName: 012, ExecutionRoleArn: 12, Tags: [{Key: yes, Value: 2020-01-01}]}\n",
    "types.json": '{"CreateModel": {"ModelName": ["a"], "Containers": {"a": 1}, "PrimaryContainer": [1], "Tags": "x"}}',
    "big.json": '{"CreateModel": {"ModelName": 12345678901234567890, "ExecutionRoleArn": "' + "é" * 3000 + '"}}',
    "proto.json": '{"CreateModel": {"__proto__": {"a": 1}, "constructor": 1, "toString": "x", "ModelName": "m"}}',
    "numbers with exponents": '{"CreateModel": {"ModelName": 1.0, "ExecutionRoleArn": 1e16, '
    '"Tags": [{"Key": 1E5, "Value": -0}]}}',
    "long numbers": '{"CreateModel": {"ModelName": 12345678901234567890, '
    '"Tags": [{"Key": 0.1, "Value": 100000000000000000000.0}]}}',
    "number without end": '{"CreateModel": {"ModelName": 1e999}}',
    "surrogates": '{"CreateModel": {"ModelName": "\\ud83d\\ude00 \\ud800", "Tags": [{"Key": true, "Value": false}]}}',
    "yaml numbers": "CreateModel: {ModelName: 1.10, Tags: [{Key: 0o7, Value: 1_000}, {Key: 1.0e3, Value: .5}]}\n",
    "keys that are no texts": "CreateModel: {1.0: a, true: b, ~: c, 0x1: d, 1.50: e}\n",
    "a line separator": "CreateModel: {ModelName: 'a\u2028b'}\n",
    "folded and literal texts": "CreateModel:\n  ModelName: |\n    a\n    b\n"
    "  Tags: [{Key: 'x\n\n    y', Value: \"a\\\n    b\"}]\n",
    "a list for a default": "Resources:\n  A: {Type: 'AWS::SageMaker::Model', Properties: {ModelName: !Sub '${P}'}}\n"
    "Parameters: {P: {Default: [a, 1.0]}}\n",
    "a type that is a list": "Resources:\n  A: {Type: ['AWS::SageMaker::Model'], Properties: {}}\n"
    "  B: {Type: 'AWS::SageMaker::Model', Properties: {ModelName: !Ref A}}\n",
    "a policy": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
    "a configuration of Terraform": 'resource "aws_sagemaker_model" "x" {\n  name = "x"\n}\n',
    "a message": "An error occurred (AccessDeniedException) when calling the CreateTrainingJob operation: "
    "x is not authorized\n",
    "a page.html": "<!DOCTYPE html><html><body>403</body></html>",
    "code of Python.py": "# Trains.\nfrom sagemaker.estimator import Estimator\n",
    "an import of Python.py": "import boto3, sys\n",
    "code of TypeScript.ts": 'import * as cdk from "aws-cdk-lib";\n',
    "code of JavaScript.js": "// x\nconst cdk = require('aws-cdk-lib');\n",
    "a command": "aws sagemaker create-training-job --training-job-name t\n",
    "a script": "#!/bin/sh\nset -e\naws sagemaker list-models\n",
    "a table.csv": "Event ID,Event time,User name\n1,2026-11-29,x\n",
    "a table with quotes.csv": '"eventName";"requestParameters"\n"CreateModel";"{}"\n',
    "a notebook.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4}',
    "a document": "%PDF-1.7 x",
    "a table of columns": "PAR1\u0015\u0004",
    "a bundle": "GIF89a",
    "characters beyond policies": json.dumps(
        {
            "CreateModel": {
                "ModelName": "m",
                "ExecutionRoleArn": ROLE,
                "PrimaryContainer": {"ModelDataUrl": "s3://amzn-s3-demo-bucket/日本/é"},
            }
        }
    ),
    "tags of a language.yaml": "CreateModel: !!map {ModelName: !!str 12, "
    "Tags: !!seq [!!map {Key: !!int 1, Value: !!float 1.5}]}\n",
    "values of yaml.yaml": "CreateModel: {ModelName: Yes, "
    "Tags: [{Key: .inf, Value: 0x1F}, {Key: ~, Value: +1}, {Key: 1e3, Value: -.5}]}\n",
    "one member twice.json": json.dumps(
        {"CreateModel": {"ModelName": "a", "model_name": "b", "executionRoleArn": ROLE, "ExecutionRoleArn": ROLE}}
    ),
    "aliases.yaml": "a: &a {ModelName: m}\n---\nCreateModel: {ModelName: &n m, Tags: [&t {Key: *n, Value: x}, *t]}\n",
    "kinds of manifests.yaml": "apiVersion: sagemaker.services.k8s.aws/v1alpha1\nkind: NotebookInstance\n"
    f"spec: {{notebookInstanceName: n, roleARN: '{ROLE}'}}\n---\napiVersion: other/v1\nkind: Model\nspec: {{}}\n---\n"
    "apiVersion: sagemaker.services.k8s.aws/v1alpha1\nkind: Nothing\nspec: {}\n---\nkind: List\napiVersion: v1\n"
    "items: [{apiVersion: sagemaker.services.k8s.aws/v1alpha1, kind: Model, "
    f"spec: {{executionRoleARN: '{ROLE}'}}}}]\n",
    "deep enough.yaml": "a: " + "[" * 99 + "]" * 99 + "\n",
    "deep enough.json": "[" * 100 + "]" * 100,
    "a long name.json": json.dumps({"CreateModel": {"x" * 79: 1, "y" * 80: 2, "z" * 81: 3, "ModelName": "m"}}),
    "long values.json": json.dumps(
        {
            "CreateModel": {
                "ExecutionRoleArn": "r" * 197,
                "ModelName": "m",
                "PrimaryContainer": {"ModelDataUrl": "u" * 198, "Image": "i" * 199},
            }
        }
    ),
    "joined values of any kind": '{"Version": "1", "Steps": [{"Name": "A", "Type": "Training", '
    '"Arguments": {"TrainingJobName": {"Std:Join": {"On": "-", '
    '"Values": [true, null, 1.0, 1, "a", [1], {"b": null}]}}}}]}',
}

#: File name to text.
BROKEN: dict[str, str] = {
    "too deep.yaml": "a: " + "[" * 100 + "]" * 100 + "\n",
    "too deep.json": "[" * 101 + "]" * 101,
    "infinite.json": '{"a": [1, -1e999]}',
    "again.json": '{"a": {"b": 1}, "c": [{"b": 1, "d": {"e": 1, "e": 2}}]}',
    "digits.json": '{"a": ' + "1" * 4400 + "}",
    "open.json": '{"a": 1',
    "comma.json": '{"a": 1,}',
    "twice.json": '{"a": 1, "a": 2}',
    "nan.json": '{"a": NaN}',
    "after.json": "{} x",
    "deep.json": "[" * 5000 + "]" * 5000,
    "control.json": '{"a": "\x01"}',
    "tab.yaml": "a:\n\t- b\n",
    "twice.yaml": "a: 1\na: 2\n",
    "tag.yaml": "a: !python/object x\n",
    "alias.yaml": "a: *nobody\n",
    "self.yaml": "a: &a [*a]\n",
    "bomb.yaml": "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    + "".join(f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 10)}]\n" for i in range(8)),
    "key.yaml": "? [a]\n: b\n",
    "deep.yaml": "a: " + "[" * 3000,
}
