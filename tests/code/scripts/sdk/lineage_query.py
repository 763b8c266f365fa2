#   sagemaker:DescribeAction arn:aws:sagemaker:us-west-2:111122223333:action/{}
#   sagemaker:DescribeArtifact {}
#   sagemaker:DescribeContext arn:aws:sagemaker:us-west-2:111122223333:context/churn-endpoint
#   sagemaker:DescribeContext arn:aws:sagemaker:us-west-2:111122223333:context/{}
#   sagemaker:DescribeTrialComponent arn:aws:sagemaker:us-west-2:111122223333:experiment-trial-component/churn-aws-training-job
#   sagemaker:DescribeTrialComponent arn:aws:sagemaker:us-west-2:111122223333:experiment-trial-component/{}
#   sagemaker:ListAssociations *
#   sagemaker:QueryLineage *
from sagemaker import Session
from sagemaker.lineage.context import EndpointContext
from sagemaker.lineage.lineage_trial_component import LineageTrialComponent
from sagemaker.lineage.query import LineageEntityEnum, LineageFilter, LineageQuery, LineageQueryDirectionEnum, LineageSourceEnum
from sagemaker.lineage.visualizer import LineageTableVisualizer

session = Session()
endpoint = EndpointContext.load("churn-endpoint", session)
wanted = LineageFilter(entities=[LineageEntityEnum.ARTIFACT], sources=[LineageSourceEnum.DATASET])
result = LineageQuery(session).query(start_arns=[endpoint.context_arn], query_filter=wanted, direction=LineageQueryDirectionEnum.ASCENDANTS, include_edges=False)
for vertex in result.vertices:
    print(vertex.to_lineage_object().source.source_uri)
result.visualize()
LineageTableVisualizer(session).show(training_job_name="churn")
print(LineageTrialComponent.load("churn-aws-training-job").models())
