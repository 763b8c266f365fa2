#   kms:Encrypt arn:aws:kms:us-west-2:111122223333:key/*
import boto3
boto3.client("kms").encrypt(KeyId="alias/models", Plaintext=b"x")
