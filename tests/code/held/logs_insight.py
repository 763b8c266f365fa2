#   logs:StartQuery arn:aws:logs:us-west-2:111122223333:log-group:/aws/sagemaker/Endpoints/churn
#   logs:GetQueryResults *
#   logs:CreateLogStream arn:aws:logs:us-west-2:111122223333:log-group:/acme/ml:log-stream:run
#   logs:PutLogEvents arn:aws:logs:us-west-2:111122223333:log-group:/acme/ml:log-stream:run
import boto3

ENDPOINT = "churn"
logs = boto3.client("logs")
query = logs.start_query(logGroupName="/aws/sagemaker/Endpoints/%s" % ENDPOINT, startTime=0, endTime=1, queryString="x")
logs.get_query_results(queryId=query["queryId"])
logs.create_log_stream(logGroupName="/acme/ml", logStreamName="run")
logs.put_log_events(logGroupName="/acme/ml", logStreamName="run", logEvents=[])
