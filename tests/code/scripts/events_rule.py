#   events:PutRule arn:aws:events:us-west-2:111122223333:rule/retrain
#   events:PutTargets arn:aws:events:us-west-2:111122223333:rule/retrain
import boto3
events = boto3.client("events")
events.put_rule(Name="retrain", ScheduleExpression="rate(1 day)")
events.put_targets(Rule="retrain", Targets=[])
