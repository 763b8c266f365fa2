#   s3:GetObject arn:aws:s3:::data/en/vocab.txt
#   s3:GetObject arn:aws:s3:::data/de/vocab.txt
import boto3
LANGUAGES = ("en", "de")
s3 = boto3.client("s3")
for language in LANGUAGES:
    s3.download_file("data", f"{language}/vocab.txt", f"/tmp/{language}.txt")
