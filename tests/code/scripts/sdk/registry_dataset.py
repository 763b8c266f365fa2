#   s3:AbortMultipartUpload arn:aws:s3:::sagemaker-us-west-2-111122223333/datasets/churn/*.jsonl
#   s3:GetObject arn:aws:s3:::data/later.jsonl
#   s3:PutObject arn:aws:s3:::sagemaker-us-west-2-111122223333/datasets/churn/*.jsonl
#   sagemaker:CreateHub arn:aws:sagemaker:us-west-2:111122223333:hub/{}
#   sagemaker:DeleteHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/DataSet/older
#   sagemaker:DeleteHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/DataSet/older/*
#   sagemaker:DeleteHubContent arn:aws:sagemaker:us-west-2:111122223333:hub/{}
#   sagemaker:DescribeHub arn:aws:sagemaker:us-west-2:111122223333:hub/{}
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/DataSet/*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/DataSet/*/*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/DataSet/churn
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/DataSet/churn/*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/DataSet/older
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/DataSet/older/*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub/{}
#   sagemaker:ImportHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/DataSet/churn
#   sagemaker:ImportHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/DataSet/churn/*
#   sagemaker:ImportHubContent arn:aws:sagemaker:us-west-2:111122223333:hub/{}
#   sagemaker:ListHubContentVersions arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/DataSet/older
#   sagemaker:ListHubContentVersions arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/DataSet/older/*
#   sagemaker:ListHubContentVersions arn:aws:sagemaker:us-west-2:111122223333:hub/{}
#   sagemaker:ListHubContents arn:aws:sagemaker:us-west-2:111122223333:hub/{}
from sagemaker.ai_registry.dataset import DataSet
from sagemaker.ai_registry.dataset_utils import CustomizationTechnique

data = DataSet.create(name="churn", source="data/train.jsonl", customization_technique=CustomizationTechnique.SFT)
data.create_version("s3://data/later.jsonl")
print(DataSet.get("older").get_versions())
DataSet.get("older").delete(version="1.0.0")
for one in DataSet.get_all(max_results=5):
    one.refresh()
