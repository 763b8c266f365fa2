#   dynamodb:GetItem arn:aws:dynamodb:us-west-2:111122223333:table/users
#   dynamodb:PutItem arn:aws:dynamodb:us-west-2:111122223333:table/audit
import boto3
d = boto3.client("dynamodb")
d.get_item(TableName="users", Key={"id": {"S": "1"}})
d.transact_write_items(TransactItems=[{"Put": {"TableName": "audit", "Item": {}}}])
