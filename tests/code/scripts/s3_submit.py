#   s3:PutObject arn:aws:s3:::out/log.txt
#   s3:AbortMultipartUpload arn:aws:s3:::out/log.txt
from concurrent.futures import ThreadPoolExecutor
import boto3
s3 = boto3.client("s3")
pool = ThreadPoolExecutor()
pool.submit(s3.upload_file, "log.txt", "out", "log.txt").result()
