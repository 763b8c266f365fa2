#   s3:GetObject arn:aws:s3:::img/a.png
#   s3:GetObject arn:aws:s3:::img/b.png
from concurrent.futures import ThreadPoolExecutor
import boto3
s3 = boto3.client("s3")
def fetch(key):
    return s3.get_object(Bucket="img", Key=key)["Body"].read()
with ThreadPoolExecutor(8) as pool:
    pictures = list(pool.map(fetch, ["a.png", "b.png"]))
