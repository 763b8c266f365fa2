#   batch:SubmitJob arn:aws:batch:us-west-2:111122223333:job-definition/train
#   batch:SubmitJob arn:aws:batch:us-west-2:111122223333:job-queue/gpu
import boto3
CLIENTS = {name: boto3.client(name) for name in ("batch",)}
CLIENTS["batch"].submit_job(jobName="x", jobDefinition="train", jobQueue="gpu")
