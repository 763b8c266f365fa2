// What can be tried in the box: a text for each of its buttons.

export const EXAMPLES = {
  "an error":
    "An error occurred (AccessDeniedException) when calling the CreateTrainingJob operation: User: " +
    "arn:aws:sts::111122223333:assumed-role/ExecutionRole/SageMaker is not authorized to perform: ecr:GetAuthorizationToken " +
    "on resource: * because no identity-based policy allows the ecr:GetAuthorizationToken action",
  "a request": `{"CreateProcessingJob": {
  "RoleArn": "arn:aws:iam::111122223333:role/Churn",
  "AppSpecification": {"ImageUri": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn:1"},
  "ProcessingOutputConfig": {"KmsKeyId": "alias/out", "Outputs": [{"S3Output": {"S3Uri": "s3://amzn-s3-demo-bucket/churn"}}]}}}`,
  "a template": `Resources:
  Model:
    Type: AWS::SageMaker::Model
    Properties:
      ExecutionRoleArn: arn:aws:iam::111122223333:role/Model
      PrimaryContainer: {Image: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/churn:1", ModelDataUrl: "s3://amzn-s3-demo-bucket/model.tar.gz"}
  Notebook:
    Type: AWS::SageMaker::NotebookInstance
    Properties: {InstanceType: ml.t3.medium, RoleArn: "arn:aws:iam::111122223333:role/Notebook"}`,
  "a role": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:*", "sagemaker:*", "iam:PassRole"], "Resource": "*"}]}',
};
