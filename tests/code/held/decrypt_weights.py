#   kms:Decrypt arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab
#   s3:GetObject arn:aws:s3:::acme-secure/weights.enc
import os
import boto3

KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab"


def weights():
    blob = boto3.resource("s3").Object("acme-secure", "weights.enc").get()["Body"].read()
    return boto3.client("kms").decrypt(KeyId=KEY_ID, CiphertextBlob=blob)["Plaintext"]


os.environ["WEIGHTS"] = str(len(weights()))
