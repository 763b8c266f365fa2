#   bedrock:InvokeModel arn:aws:bedrock:us-west-2::foundation-model/amazon.titan-embed-text-v2:0
#   bedrock:InvokeModel arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-pro-v1:0
#   bedrock:InvokeModelWithResponseStream arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-pro-v1:0
from langchain_aws import BedrockEmbeddings, ChatBedrockConverse
embeddings = BedrockEmbeddings(model_id="amazon.titan-embed-text-v2:0")
model = ChatBedrockConverse(model="amazon.nova-pro-v1:0", temperature=0)
