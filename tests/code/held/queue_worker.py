#   sqs:GetQueueUrl arn:aws:sqs:us-west-2:111122223333:labels
#   sqs:ReceiveMessage arn:aws:sqs:us-west-2:111122223333:labels
#   sqs:DeleteMessage arn:aws:sqs:us-west-2:111122223333:labels
#   sagemaker:InvokeEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/labeler
#   s3:PutObject arn:aws:s3:::acme-labels/{}.json
import json
import boto3

sqs = boto3.client("sqs")
runtime = boto3.client("sagemaker-runtime")
url = sqs.get_queue_url(QueueName="labels")["QueueUrl"]
while True:
    got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    for message in got.get("Messages", []):
        out = runtime.invoke_endpoint(EndpointName="labeler", Body=message["Body"])
        boto3.client("s3").put_object(Bucket="acme-labels", Key=f"{message['MessageId']}.json", Body=out["Body"].read())
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
