#   s3:PutObject arn:aws:s3:::out/t.csv
#   s3:PutObjectTagging arn:aws:s3:::out/t.csv
#   s3:GetObjectTagging arn:aws:s3:::out/t.csv
import boto3
s3 = boto3.client("s3")
s3.put_object(Bucket="out", Key="t.csv", Body=b"", Tagging="stage=dev")
s3.get_object_tagging(Bucket="out", Key="t.csv")
