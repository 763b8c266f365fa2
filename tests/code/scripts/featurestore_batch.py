#   sagemaker:BatchGetRecord arn:aws:sagemaker:us-west-2:111122223333:feature-group/items
import boto3
boto3.client("sagemaker-featurestore-runtime").batch_get_record(
    Identifiers=[{"FeatureGroupName": "items", "RecordIdentifiersValueAsString": ["1"]}]
)
