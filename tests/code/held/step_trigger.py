#   states:StartExecution arn:aws:states:us-west-2:111122223333:stateMachine:retrain
#   events:PutEvents arn:aws:events:us-west-2:111122223333:event-bus/ml
#   ssm:GetParameter arn:aws:ssm:us-west-2:111122223333:parameter/ml/threshold
import json
import boto3

ssm = boto3.client("ssm")
MACHINE = "arn:aws:states:us-west-2:111122223333:stateMachine:retrain"


def drifted(score):
    return score > float(ssm.get_parameter(Name="/ml/threshold")["Parameter"]["Value"])


def handler(event, context):
    if drifted(event["score"]):
        boto3.client("stepfunctions").start_execution(stateMachineArn=MACHINE, input=json.dumps(event))
    else:
        events = boto3.client("events")
        events.put_events(Entries=[{"EventBusName": "ml", "Source": "drift", "DetailType": "ok", "Detail": "{}"}])
