#   s3:GetObject arn:aws:s3:::async-data/x
#   s3:PutObject arn:aws:s3:::async-data/y
import asyncio
from aiobotocore.session import get_session
async def main():
    session = get_session()
    async with session.create_client("s3", region_name="eu-west-1") as client:
        await client.get_object(Bucket="async-data", Key="x")
        await client.put_object(Bucket="async-data", Key="y", Body=b"")
asyncio.run(main())
