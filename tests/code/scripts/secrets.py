#   secretsmanager:GetSecretValue arn:aws:secretsmanager:us-west-2:111122223333:secret:db-password-??????
import base64
import json
import boto3
from botocore.config import Config
def secret(name, retries=3):
    client = boto3.session.Session().client("secretsmanager", config=Config(retries={"max_attempts": retries}))
    for attempt in range(retries):
        try:
            answer = client.get_secret_value(SecretId=name)
            return json.loads(answer["SecretString"])
        except client.exceptions.ClientError:
            continue
password = secret("db-password")["password"]
