#   s3:PutObject arn:aws:s3:::out/report.json
from boto3 import client as make
store = make
c = store("s3")
save = c.put_object
save(Bucket="out", Key="report.json", Body=b"")
