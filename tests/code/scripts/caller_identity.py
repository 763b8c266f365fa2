#   ecr:GetAuthorizationToken *
import boto3
account = boto3.client("sts").get_caller_identity()["Account"]
boto3.client("ecr").get_authorization_token()
