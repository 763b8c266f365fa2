#   s3:ListBucket arn:aws:s3:::files
#   s3:GetObject arn:aws:s3:::files/a/b.txt
#   s3:PutObject arn:aws:s3:::files/c/d.txt
#   s3:AbortMultipartUpload arn:aws:s3:::files/c/d.txt
import s3fs
fs = s3fs.S3FileSystem(anon=False)
fs.ls("files/a")
with fs.open("files/a/b.txt") as source, fs.open("s3://files/c/d.txt", "wb") as target:
    target.write(source.read())
