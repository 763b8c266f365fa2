#   sagemaker:CreateAction arn:aws:sagemaker:us-west-2:111122223333:action/approve
#   sagemaker:DeleteAction arn:aws:sagemaker:us-west-2:111122223333:action/older
#   sagemaker:DescribeAction arn:aws:sagemaker:us-west-2:111122223333:action/older
#   sagemaker:DescribeArtifact {}
#   sagemaker:DescribeContext arn:aws:sagemaker:us-west-2:111122223333:context/{}
#   sagemaker:DescribeModelPackage arn:aws:sagemaker:us-west-2:111122223333:model-package/{}
#   sagemaker:ListActions *
#   sagemaker:QueryLineage *
#   sagemaker:UpdateAction arn:aws:sagemaker:us-west-2:111122223333:action/approve
from sagemaker.lineage import action

approval = action.Action.create(action_name="approve", source_uri="s3://reports/approval.json", action_type="Approval", status="InProgress")
approval.status = "Completed"
approval.save()
print([one.action_name for one in action.Action.list(action_type="Approval")], approval.artifacts())
older = action.ModelPackageApprovalAction.load("older")
print(older.endpoints(), older.model_package())
older.delete()
