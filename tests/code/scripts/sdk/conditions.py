#   iam:PassRole arn:aws:iam::111122223333:role/Pipeline
#   sagemaker:CreatePipeline arn:aws:sagemaker:us-west-2:111122223333:pipeline/churn
#   sagemaker:UpdatePipeline arn:aws:sagemaker:us-west-2:111122223333:pipeline/churn
from sagemaker.processing import ProcessingInput, ProcessingOutput, Processor
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionEquals, ConditionGreaterThanOrEqualTo, ConditionIn, ConditionNot, ConditionOr
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import JsonGet
from sagemaker.workflow.parameters import ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.steps import ProcessingStep

session = PipelineSession()
role = "arn:aws:iam::111122223333:role/Pipeline"
processor = Processor(role, "111122223333.dkr.ecr.us-west-2.amazonaws.com/own:1", 1, "ml.m5.xlarge", sagemaker_session=session)
report = PropertyFile("Report", "out", "report.json")
arguments = processor.run([ProcessingInput("s3://data/raw", "/opt/ml/processing/input")], [ProcessingOutput("/opt/ml/processing/output", "s3://reports/out", "out")])
evaluate = ProcessingStep("Evaluate", step_args=arguments, property_files=[report])
stage = ParameterString("Stage", "test")
good = ConditionGreaterThanOrEqualTo(left=JsonGet(step_name="Evaluate", property_file=report, json_path="auc"), right=0.8)
either = ConditionOr([ConditionEquals(stage, "prod"), ConditionNot(ConditionIn(stage, ["test", "dev"]))])
decide = ConditionStep("Decide", conditions=[good, either], if_steps=[], else_steps=[FailStep("Bad", error_message="too low")])
Pipeline("churn", parameters=[stage], steps=[evaluate, decide], sagemaker_session=session).upsert(role)
