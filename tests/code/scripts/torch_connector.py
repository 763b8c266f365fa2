#   s3:GetObject arn:aws:s3:::images/train/*
#   s3:ListBucket arn:aws:s3:::images
from s3torchconnector import S3MapDataset
URI = "s3://images/train/"
dataset = S3MapDataset.from_prefix(URI, region="us-west-2")
