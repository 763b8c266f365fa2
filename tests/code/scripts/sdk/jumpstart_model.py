#   iam:PassRole arn:aws:iam::111122223333:role/Model
#   pricing:GetProducts *
#   s3:GetObject arn:aws:s3:::jumpstart-cache-prod-us-west-2/*
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/*
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/falcon
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:endpoint/*
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:endpoint/falcon
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:model/*
#   sagemaker:AddTags arn:aws:sagemaker:us-west-2:111122223333:model/llama
#   sagemaker:CreateEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/*
#   sagemaker:CreateEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/falcon
#   sagemaker:CreateEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/*
#   sagemaker:CreateEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/falcon
#   sagemaker:CreateEndpointConfig arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/*
#   sagemaker:CreateEndpointConfig arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/falcon
#   sagemaker:CreateModel arn:aws:sagemaker:us-west-2:111122223333:model/*
#   sagemaker:CreateModel arn:aws:sagemaker:us-west-2:111122223333:model/llama
#   sagemaker:CreateModelPackage arn:aws:sagemaker:us-west-2:111122223333:model-package/own/*
#   sagemaker:CreateModelPackageGroup arn:aws:sagemaker:us-west-2:111122223333:model-package-group/own
#   sagemaker:DeleteEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/falcon
#   sagemaker:DeleteEndpointConfig arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/falcon
#   sagemaker:DeleteModel arn:aws:sagemaker:us-west-2:111122223333:model/{}
#   sagemaker:DescribeEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/falcon
#   sagemaker:DescribeEndpointConfig arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/falcon
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/own-model
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/own-model/*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub/own
#   sagemaker:InvokeEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/falcon
#   sagemaker:ListHubContentVersions arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/own-model
#   sagemaker:ListHubContentVersions arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/own-model/*
#   sagemaker:ListHubContentVersions arn:aws:sagemaker:us-west-2:111122223333:hub/own
from sagemaker.jumpstart.model import JumpStartModel

role = "arn:aws:iam::111122223333:role/Model"
model = JumpStartModel(model_id="huggingface-llm-falcon-7b-bf16", role=role, region="us-west-2")
predictor = model.deploy(endpoint_name="falcon", instance_type="ml.g5.2xlarge", tags=[{"Key": "team", "Value": "churn"}])
for payload in model.retrieve_all_examples():
    predictor.predict(payload)
predictor.delete_model()
predictor.delete_endpoint()
llama = JumpStartModel(model_id="meta-textgeneration-llama-2-7b", role=role, name="llama")
llama.deploy(initial_instance_count=1, accept_eula=True, wait=False)
own = JumpStartModel(model_id="own-model", hub_name="own", role=role, name="own")
print(own.list_deployment_configs())
own.register(model_package_group_name="own", content_types=["application/json"], response_types=["application/json"])
