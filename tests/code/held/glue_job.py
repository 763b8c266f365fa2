#   glue:StartJobRun arn:aws:glue:us-west-2:111122223333:job/prepare
#   glue:GetJobRun arn:aws:glue:us-west-2:111122223333:job/prepare
#   s3:GetObject arn:aws:s3:::acme-in/raw.csv
#   s3:PutObject arn:aws:s3:::acme-archive/raw.csv
#   s3:DeleteObject arn:aws:s3:::acme-in/raw.csv
import boto3

glue, s3 = boto3.client("glue"), boto3.client("s3")
run = glue.start_job_run(JobName="prepare")
glue.get_job_run(JobName="prepare", RunId=run["JobRunId"])
s3.copy_object(Bucket="acme-archive", Key="raw.csv", CopySource={"Bucket": "acme-in", "Key": "raw.csv"})
s3.delete_object(Bucket="acme-in", Key="raw.csv")
