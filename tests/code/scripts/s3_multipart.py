#   s3:PutObject arn:aws:s3:::big/file.bin
#   s3:AbortMultipartUpload arn:aws:s3:::big/file.bin
#   s3:ListMultipartUploadParts arn:aws:s3:::big/file.bin
import boto3
s3 = boto3.client("s3")
where = {"Bucket": "big", "Key": "file.bin"}
upload = s3.create_multipart_upload(**where)["UploadId"]
try:
    part = s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"")
    s3.list_parts(**where, UploadId=upload)
    s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": [part]})
except Exception:
    s3.abort_multipart_upload(**where, UploadId=upload)
