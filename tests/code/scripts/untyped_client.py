#   s3:GetObject arn:aws:s3:::data/y.csv
#   textract:DetectDocumentText *
#   s3:GetObject arn:aws:s3:::scans/page.png
import boto3
def read(s3_client):
    return s3_client.get_object(Bucket="data", Key="y.csv")
def text(textract):
    return textract.detect_document_text(Document={"S3Object": {"Bucket": "scans", "Name": "page.png"}})
