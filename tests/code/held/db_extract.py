#   secretsmanager:GetSecretValue arn:aws:secretsmanager:us-west-2:111122223333:secret:prod/warehouse-??????
#   redshift-data:ExecuteStatement arn:aws:redshift:us-west-2:111122223333:cluster:warehouse
#   redshift:GetClusterCredentials arn:aws:redshift:us-west-2:111122223333:dbuser:warehouse/loader
#   redshift:GetClusterCredentials arn:aws:redshift:us-west-2:111122223333:dbname:warehouse/dev
#   redshift-data:DescribeStatement *
#   redshift-data:GetStatementResult *
import json
import time
import boto3

session = boto3.Session()


class Warehouse:
    def __init__(self, secret):
        self.secret = json.loads(session.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"])
        self.data = session.client("redshift-data")

    def run(self, sql):
        handle = self.data.execute_statement(ClusterIdentifier="warehouse", Database="dev", DbUser="loader", Sql=sql)
        while self.data.describe_statement(Id=handle["Id"])["Status"] not in ("FINISHED", "FAILED"):
            time.sleep(1)
        return self.data.get_statement_result(Id=handle["Id"])["Records"]


rows = Warehouse("prod/warehouse").run("select * from orders")
