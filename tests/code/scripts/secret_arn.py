#   secretsmanager:GetSecretValue arn:aws:secretsmanager:us-west-2:111122223333:secret:api-AbCdEf
import boto3
ARN = "arn:aws:secretsmanager:us-west-2:111122223333:secret:api-AbCdEf"
boto3.client("secretsmanager").get_secret_value(SecretId=ARN)
