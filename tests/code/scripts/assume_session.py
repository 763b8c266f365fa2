#   sts:AssumeRole arn:aws:iam::444455556666:role/shared
import boto3
def session_for(arn):
    creds = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="x")["Credentials"]
    return boto3.Session(
        aws_access_key_id=creds["AccessKeyId"],
        aws_secret_access_key=creds["SecretAccessKey"],
        aws_session_token=creds["SessionToken"],
    )
other = session_for("arn:aws:iam::444455556666:role/shared")
other.client("dynamodb").get_item(TableName="theirs", Key={})
other.resource("s3").Bucket("theirs").upload_file("a", "b")
