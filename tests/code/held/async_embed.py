#   s3:GetObject arn:aws:s3:::acme-docs/{}
#   bedrock:InvokeModel arn:aws:bedrock:us-east-1::foundation-model/amazon.titan-embed-text-v2:0
#   s3vectors:PutVectors arn:aws:s3vectors:us-west-2:111122223333:bucket/acme-vectors/index/docs
import asyncio
import json
import aioboto3


async def embed(session, key):
    async with session.client("s3") as s3, session.client("bedrock-runtime", region_name="us-east-1") as models:
        document = await s3.get_object(Bucket="acme-docs", Key=key)
        text = (await document["Body"].read()).decode()
        answer = await models.invoke_model(modelId="amazon.titan-embed-text-v2:0", body=json.dumps({"inputText": text}))
    async with session.client("s3vectors") as vectors:
        await vectors.put_vectors(vectorBucketName="acme-vectors", indexName="docs", vectors=[])


async def main(keys):
    session = aioboto3.Session()
    await asyncio.gather(*(embed(session, key) for key in keys))
