#   sagemaker:AddAssociation arn:aws:sagemaker:us-west-2:111122223333:artifact/0123
#   sagemaker:AddAssociation arn:aws:sagemaker:us-west-2:111122223333:artifact/4567
#   sagemaker:AddAssociation {}
#   sagemaker:CreateArtifact arn:aws:sagemaker:us-west-2:111122223333:artifact/*
#   sagemaker:DeleteAssociation arn:aws:sagemaker:us-west-2:111122223333:artifact/0123
#   sagemaker:DeleteAssociation arn:aws:sagemaker:us-west-2:111122223333:artifact/4567
#   sagemaker:ListAssociations *
from sagemaker.lineage.artifact import Artifact
from sagemaker.lineage.association import Association

DATA = "arn:aws:sagemaker:us-west-2:111122223333:artifact/0123"
MODEL = "arn:aws:sagemaker:us-west-2:111122223333:artifact/4567"
produced = Association.create(source_arn=DATA, destination_arn=MODEL, association_type="ContributedTo")
print([one.destination_arn for one in Association.list(source_arn=DATA)])
produced.delete()
report = Artifact.create(artifact_name="report", source_uri="s3://reports/x", artifact_type="Report")
Association.create(MODEL, report.artifact_arn, "Produced")
