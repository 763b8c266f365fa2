#   sts:AssumeRole arn:aws:iam::444455556666:role/data-reader
#   s3:PutObject arn:aws:s3:::own-bucket/copy.csv
import boto3

sts = boto3.client("sts")
given = sts.assume_role(RoleArn="arn:aws:iam::444455556666:role/data-reader", RoleSessionName="train")["Credentials"]
foreign = boto3.client(
    "s3",
    aws_access_key_id=given["AccessKeyId"],
    aws_secret_access_key=given["SecretAccessKey"],
    aws_session_token=given["SessionToken"],
)
body = foreign.get_object(Bucket="their-bucket", Key="data.csv")["Body"].read()
boto3.client("s3").put_object(Bucket="own-bucket", Key="copy.csv", Body=body)
