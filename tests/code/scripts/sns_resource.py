#   sns:Publish arn:aws:sns:us-west-2:111122223333:alerts
import boto3
topic = boto3.resource("sns").Topic("arn:aws:sns:us-west-2:111122223333:alerts")
topic.publish(Message="drift")
