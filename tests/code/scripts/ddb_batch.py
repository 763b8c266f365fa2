#   dynamodb:BatchWriteItem arn:aws:dynamodb:us-west-2:111122223333:table/scores
#   dynamodb:BatchGetItem arn:aws:dynamodb:us-west-2:111122223333:table/scores
import boto3
dynamodb = boto3.resource("dynamodb")
table = dynamodb.Table("scores")
with table.batch_writer() as batch:
    for number in range(10):
        batch.put_item(Item={"id": number})
dynamodb.batch_get_item(RequestItems={"scores": {"Keys": [{"id": 1}]}})
