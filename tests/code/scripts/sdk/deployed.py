#   iam:PassRole arn:aws:iam::111122223333:role/Serve
#   s3:AbortMultipartUpload arn:aws:s3:::shelf/own/sourcedir.tar.gz
#   s3:PutObject arn:aws:s3:::shelf/own/sourcedir.tar.gz
#   sagemaker:CreateEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/llama
#   sagemaker:CreateEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/llama
#   sagemaker:CreateEndpointConfig arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/llama
#   sagemaker:CreateModel arn:aws:sagemaker:us-west-2:111122223333:model/llama
#   sagemaker:CreateModel arn:aws:sagemaker:us-west-2:111122223333:model/own
#   sagemaker:CreatePipeline arn:aws:sagemaker:us-west-2:111122223333:pipeline/churn
#   sagemaker:DeleteEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/llama
#   sagemaker:DeleteEndpointConfig arn:aws:sagemaker:us-west-2:111122223333:endpoint-config/llama
#   sagemaker:DescribeEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/llama
#   sagemaker:InvokeEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/digits
#   sagemaker:InvokeEndpoint arn:aws:sagemaker:us-west-2:111122223333:endpoint/texts
#   sagemaker:UpdatePipeline arn:aws:sagemaker:us-west-2:111122223333:pipeline/churn
import sagemaker
from sagemaker.djl_inference import DJLModel
from sagemaker.huggingface import HuggingFacePredictor
from sagemaker.predictor import RealTimePredictor
from sagemaker.pytorch import PyTorchModel
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.step_collections import RegisterModel

role = "arn:aws:iam::111122223333:role/Serve"
session = sagemaker.Session(default_bucket="shelf")
HuggingFacePredictor("texts", session).predict({"inputs": "a"})
RealTimePredictor("digits").predict(b"1")
model = DJLModel("s3://models/llama", djl_version="0.30.0", role=role, name="llama", sagemaker_session=session)
model.deploy(1, "ml.g5.xlarge", endpoint_name="llama").delete_endpoint()
own = PyTorchModel("s3://models/own.tar.gz", role, entry_point="serve.py", name="own", image_uri="111122223333.dkr.ecr.us-west-2.amazonaws.com/own:1", sagemaker_session=session)
session.create_model("own", role, own.prepare_container_def("ml.m5.large"))
step = RegisterModel("Register", ["text/csv"], ["text/csv"], model_data="s3://models/churn.tar.gz", image_uri="111122223333.dkr.ecr.us-west-2.amazonaws.com/churn:1", model_package_group_name="churn")
Pipeline("churn", steps=[step], sagemaker_session=session).upsert(role)
