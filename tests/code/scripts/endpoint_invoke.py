#   sagemaker:InvokeEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/churn
#   sagemaker:InvokeEndpointAsync arn:aws:sagemaker:us-west-2:111122223333:endpoint/churn-async
import boto3
def runtime():
    return boto3.client("runtime.sagemaker" if False else "sagemaker-runtime")
runtime().invoke_endpoint(EndpointName="churn", Body=b"")
runtime().invoke_endpoint_async(EndpointName="churn-async", InputLocation="s3://in/x")
