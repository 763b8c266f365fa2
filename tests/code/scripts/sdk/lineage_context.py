#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:context/churn
#   sagemaker:AddTags {}
#   sagemaker:CreateContext arn:aws:sagemaker:us-west-2:111122223333:context/churn
#   sagemaker:DeleteAssociation {}
#   sagemaker:DeleteContext arn:aws:sagemaker:us-west-2:111122223333:context/older
#   sagemaker:DescribeContext arn:aws:sagemaker:us-west-2:111122223333:context/older
#   sagemaker:DescribeContext arn:aws:sagemaker:us-west-2:111122223333:context/{}
#   sagemaker:DescribeTrialComponent arn:aws:sagemaker:us-west-2:111122223333:experiment-trial-component/{}
#   sagemaker:ListAssociations *
#   sagemaker:ListContexts *
#   sagemaker:QueryLineage *
from sagemaker.lineage.context import Context, EndpointContext

churn = Context.create(context_name="churn", source_uri="s3://models/churn", context_type="ModelGroup", tags=[{"Key": "team", "Value": "churn"}])
churn.set_tags({"stage": "test"})
for summary in Context.list(context_type="Endpoint", sort_by="CreationTime", sort_order="Descending"):
    endpoint = EndpointContext.load(summary.context_name)
    print(endpoint.models(), endpoint.training_job_arns())
Context.load(context_name="older").delete(disassociate=True)
