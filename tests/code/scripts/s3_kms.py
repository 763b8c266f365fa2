#   s3:PutObject arn:aws:s3:::sec/x
#   s3:AbortMultipartUpload arn:aws:s3:::sec/x
#   kms:GenerateDataKey arn:aws:kms:us-west-2:111122223333:key/1111aaaa-22bb-33cc-44dd-5555eeee6666
#   kms:Decrypt arn:aws:kms:us-west-2:111122223333:key/1111aaaa-22bb-33cc-44dd-5555eeee6666
import boto3
EXTRA = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "1111aaaa-22bb-33cc-44dd-5555eeee6666"}
boto3.client("s3").upload_file("x", "sec", "x", ExtraArgs=EXTRA)
