#   bedrock:InvokeModel arn:aws:bedrock:us-west-2:111122223333:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0
#   bedrock:InvokeModel arn:aws:bedrock:*::foundation-model/anthropic.claude-sonnet-4-20250514-v1:0
import json
import boto3
MODEL = "us.anthropic.claude-sonnet-4-20250514-v1:0"
runtime = boto3.client(service_name="bedrock-runtime", region_name="us-west-2")
runtime.invoke_model(modelId=MODEL, body=json.dumps({"max_tokens": 100}))
