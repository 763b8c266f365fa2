#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:artifact/*
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:artifact/4567
#   sagemaker:CreateArtifact arn:aws:sagemaker:us-west-2:111122223333:artifact/*
#   sagemaker:DeleteArtifact arn:aws:sagemaker:us-west-2:111122223333:artifact/0123
#   sagemaker:DeleteAssociation {}
#   sagemaker:DescribeArtifact arn:aws:sagemaker:us-west-2:111122223333:artifact/0123
#   sagemaker:DescribeArtifact arn:aws:sagemaker:us-west-2:111122223333:artifact/4567
#   sagemaker:DescribeArtifact {}
#   sagemaker:DescribeContext arn:aws:sagemaker:us-west-2:111122223333:context/{}
#   sagemaker:DescribeTrialComponent arn:aws:sagemaker:us-west-2:111122223333:experiment-trial-component/{}
#   sagemaker:ListArtifacts *
#   sagemaker:ListAssociations *
#   sagemaker:ListTags {}
#   sagemaker:QueryLineage *
#   sagemaker:UpdateArtifact arn:aws:sagemaker:us-west-2:111122223333:artifact/{}
from sagemaker.lineage.artifact import Artifact, DatasetArtifact, ModelArtifact
from sagemaker.session import Session

session = Session()
data = Artifact.create(artifact_name="data", source_uri="s3://data/train.csv", artifact_type="DataSet", tags={"team": "churn"}, sagemaker_session=session)
data.properties = {"rows": "100"}
data.save()
for summary in Artifact.list(source_uri="s3://data/train.csv", sagemaker_session=session):
    print(summary.artifact_arn)
model = ModelArtifact.load("arn:aws:sagemaker:us-west-2:111122223333:artifact/0123", session)
print(model.endpoint_contexts(), model.dataset_artifacts(), model.pipeline_execution_arn())
model.delete(disassociate=True)
DatasetArtifact.load(artifact_arn="arn:aws:sagemaker:us-west-2:111122223333:artifact/4567", sagemaker_session=session).set_tag({"Key": "stage", "Value": "old"})
