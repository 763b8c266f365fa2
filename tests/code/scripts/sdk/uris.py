#   iam:PassRole arn:aws:iam::111122223333:role/Model
#   s3:GetObject arn:aws:s3:::jumpstart-cache-prod-eu-west-1/*
#   s3:GetObject arn:aws:s3:::jumpstart-cache-prod-us-west-2/*
#   sagemaker:CreateModel arn:aws:sagemaker:us-west-2:111122223333:model/flan
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/huggingface-text2text-flan-t5-base
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/huggingface-text2text-flan-t5-base/*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub/own
#   sagemaker:ListHubContentVersions arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/huggingface-text2text-flan-t5-base
#   sagemaker:ListHubContentVersions arn:aws:sagemaker:us-west-2:111122223333:hub-content/own/ModelReference/huggingface-text2text-flan-t5-base/*
#   sagemaker:ListHubContentVersions arn:aws:sagemaker:us-west-2:111122223333:hub/own
from sagemaker import Model, hyperparameters, image_uris, instance_types, model_uris, script_uris

xgboost = image_uris.retrieve("xgboost", "us-west-2", version="1.7-1", image_scope="training")
model_id, version = "huggingface-text2text-flan-t5-base", "*"
image = image_uris.retrieve(region=None, framework=None, image_scope="inference", model_id=model_id, model_version=version, instance_type="ml.g5.xlarge")
data = model_uris.retrieve(model_id=model_id, model_version=version, model_scope="inference")
script = script_uris.retrieve(model_id=model_id, model_version=version, script_scope="inference")
values = hyperparameters.retrieve_default(model_id=model_id, model_version=version, region="eu-west-1")
sizes = instance_types.retrieve_default(model_id=model_id, model_version=version, scope="inference", hub_arn="arn:aws:sagemaker:us-west-2:111122223333:hub/own")
Model(image_uri=image, model_data=data, source_dir=script, entry_point="inference.py", role="arn:aws:iam::111122223333:role/Model", name="flan").create("ml.g5.xlarge")
