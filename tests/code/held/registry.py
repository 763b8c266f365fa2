#   sagemaker:ListModelPackages *
#   sagemaker:DescribeModelPackage arn:aws:sagemaker:us-west-2:111122223333:model-package/{}
#   sagemaker:UpdateModelPackage arn:aws:sagemaker:us-west-2:111122223333:model-package/{}
#   ecr:DescribeImages arn:aws:ecr:us-west-2:111122223333:repository/serving
import boto3

sm = boto3.client("sagemaker")
packages = sm.list_model_packages(ModelPackageGroupName="churn")["ModelPackageSummaryList"]
latest = packages[0]["ModelPackageArn"]
details = sm.describe_model_package(ModelPackageName=latest)
sm.update_model_package(ModelPackageArn=latest, ModelApprovalStatus="Approved")
boto3.client("ecr").describe_images(repositoryName="serving")
