#   s3:GetObject arn:aws:s3:::acme-share/report.pdf
#   s3:PutObject arn:aws:s3:::acme-share/report.pdf
import boto3

s3 = boto3.client("s3")
s3.upload_file
with open("report.pdf", "rb") as file:
    s3.put_object(Bucket="acme-share", Key="report.pdf", Body=file)
link = s3.generate_presigned_url("get_object", Params={"Bucket": "acme-share", "Key": "report.pdf"}, ExpiresIn=600)
