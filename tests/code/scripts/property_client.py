#   rds-data:ExecuteStatement arn:aws:rds:us-west-2:111122223333:cluster:features
#   secretsmanager:GetSecretValue arn:aws:secretsmanager:us-west-2:111122223333:secret:rds-AbCdEf
from functools import cached_property
import boto3
class Db:
    ARN = "arn:aws:rds:us-west-2:111122223333:cluster:features"
    @cached_property
    def client(self):
        return boto3.client("rds-data")
    def run(self, sql):
        return self.client.execute_statement(
            resourceArn=self.ARN, secretArn="arn:aws:secretsmanager:us-west-2:111122223333:secret:rds-AbCdEf", sql=sql
        )
Db().run("select 1")
