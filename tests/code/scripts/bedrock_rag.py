#   bedrock:RetrieveAndGenerate *
#   bedrock:Retrieve arn:aws:bedrock:us-west-2:111122223333:knowledge-base/KB12345678
#   bedrock:InvokeModel arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0
import boto3
agent = boto3.client("bedrock-agent-runtime")
agent.retrieve_and_generate(
    input={"text": "Why?"},
    retrieveAndGenerateConfiguration={
        "type": "KNOWLEDGE_BASE",
        "knowledgeBaseConfiguration": {
            "knowledgeBaseId": "KB12345678",
            "modelArn": "arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0",
        },
    },
)
