#   s3:GetObject arn:aws:s3:::acme-checkpoints/resnet/last.pt
#   s3:PutObject arn:aws:s3:::acme-checkpoints/resnet/epoch-{}.pt
#   s3:AbortMultipartUpload arn:aws:s3:::acme-checkpoints/resnet/epoch-{}.pt
#   sns:Publish arn:aws:sns:us-west-2:111122223333:training-done
import argparse
import boto3

parser = argparse.ArgumentParser()
parser.add_argument("--checkpoint-bucket", default="acme-checkpoints")
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--topic", type=str, default="arn:aws:sns:us-west-2:111122223333:training-done")
args, _ = parser.parse_known_args()
client = boto3.client("s3")


def resume():
    client.download_file(args.checkpoint_bucket, "resnet/last.pt", "/tmp/last.pt")


def save(epoch):
    client.upload_file("/tmp/model.pt", args.checkpoint_bucket, f"resnet/epoch-{epoch}.pt")


resume()
for number in range(args.epochs):
    save(number)
boto3.client("sns").publish(TopicArn=args.topic, Message="done")
