#   sagemaker:PutRecord arn:aws:sagemaker:us-west-2:111122223333:feature-group/customers
#   sagemaker:GetRecord arn:aws:sagemaker:us-west-2:111122223333:feature-group/customers
#   glue:GetTable arn:aws:glue:us-west-2:111122223333:catalog
#   glue:GetTable arn:aws:glue:us-west-2:111122223333:database/sagemaker_featurestore
#   glue:GetTable arn:aws:glue:us-west-2:111122223333:table/sagemaker_featurestore/customers
from concurrent.futures import ThreadPoolExecutor
import boto3

GROUP = "customers"
store = boto3.client("sagemaker-featurestore-runtime")
glue = boto3.client("glue")


def write(row):
    store.put_record(FeatureGroupName=GROUP, Record=row)


with ThreadPoolExecutor() as pool:
    list(pool.map(write, [[], []]))
store.get_record(FeatureGroupName=GROUP, RecordIdentifierValueAsString="1")
glue.get_table(DatabaseName="sagemaker_featurestore", Name=GROUP)
