#   logs:FilterLogEvents arn:aws:logs:us-west-2:111122223333:log-group:/aws/sagemaker/TrainingJobs
import boto3
kwargs = {"logGroupName": "/aws/sagemaker/TrainingJobs"}
kwargs["filterPattern"] = "ERROR"
while True:
    page = boto3.client("logs").filter_log_events(**kwargs)
    if "nextToken" not in page:
        break
    kwargs["nextToken"] = page["nextToken"]
