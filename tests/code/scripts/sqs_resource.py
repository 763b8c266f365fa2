#   sqs:GetQueueUrl arn:aws:sqs:us-west-2:111122223333:work
#   sqs:SendMessage arn:aws:sqs:us-west-2:111122223333:work
#   sqs:ReceiveMessage arn:aws:sqs:us-west-2:111122223333:work
#   sqs:DeleteMessage arn:aws:sqs:us-west-2:111122223333:work
import boto3
queue = boto3.resource("sqs").get_queue_by_name(QueueName="work")
queue.send_message(MessageBody="x")
for message in queue.receive_messages(WaitTimeSeconds=10):
    message.delete()
