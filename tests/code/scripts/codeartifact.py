#   codeartifact:GetAuthorizationToken arn:aws:codeartifact:us-west-2:111122223333:domain/ml
#   sts:GetServiceBearerToken *
import boto3
boto3.client("codeartifact").get_authorization_token(domain="ml", domainOwner="111122223333")
