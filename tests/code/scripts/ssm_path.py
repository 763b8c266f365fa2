#   ssm:GetParametersByPath arn:aws:ssm:us-west-2:111122223333:parameter/app/config/
#   ssm:GetParameters arn:aws:ssm:us-west-2:111122223333:parameter/app/a
#   ssm:GetParameters arn:aws:ssm:us-west-2:111122223333:parameter/app/b
import boto3
ssm = boto3.client("ssm")
ssm.get_parameters_by_path(Path="/app/config/", Recursive=True)
ssm.get_parameters(Names=["/app/a", "/app/b"], WithDecryption=True)
