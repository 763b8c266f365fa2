#   lambda:InvokeFunction arn:aws:lambda:us-west-2:111122223333:function:score:live
import boto3
boto3.client("lambda").invoke(FunctionName="score", Qualifier="live")
