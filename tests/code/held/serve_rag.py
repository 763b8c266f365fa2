#   bedrock:Retrieve arn:aws:bedrock:us-west-2:111122223333:knowledge-base/KBDOCS0001
#   bedrock:InvokeModel arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-3-haiku-20240307-v1:0
#   dynamodb:PutItem arn:aws:dynamodb:us-west-2:111122223333:table/chat-history
import json
import os
import boto3

KB = os.environ.get("KNOWLEDGE_BASE", "KBDOCS0001")
agent = boto3.client("bedrock-agent-runtime")
runtime = boto3.client("bedrock-runtime")
history = boto3.resource("dynamodb").Table("chat-history")


def model_fn(model_dir):
    return None


def predict_fn(data, model):
    found = agent.retrieve(knowledgeBaseId=KB, retrievalQuery={"text": data["question"]})
    context = "\n".join(one["content"]["text"] for one in found["retrievalResults"])
    answer = runtime.converse(
        modelId="anthropic.claude-3-haiku-20240307-v1:0",
        messages=[{"role": "user", "content": [{"text": context}]}],
    )
    history.put_item(Item={"id": data["id"], "answer": json.dumps(answer["output"])})
    return answer["output"]
