#   bedrock:InvokeModelWithResponseStream arn:aws:bedrock:us-east-1::foundation-model/meta.llama3-8b-instruct-v1:0
#   bedrock:ApplyGuardrail arn:aws:bedrock:us-east-1:111122223333:guardrail/gr1234567890
import boto3
client = boto3.Session(region_name="us-east-1").client("bedrock-runtime")
for event in client.converse_stream(
    modelId="meta.llama3-8b-instruct-v1:0",
    messages=[],
    guardrailConfig={"guardrailIdentifier": "gr1234567890", "guardrailVersion": "1"},
)["stream"]:
    print(event)
