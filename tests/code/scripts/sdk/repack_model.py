#   s3:AbortMultipartUpload arn:aws:s3:::models/repacked/model.tar.gz
#   s3:GetObject arn:aws:s3:::code/sourcedir.tar.gz
#   s3:GetObject arn:aws:s3:::models/churn/model.tar.gz
#   s3:PutObject arn:aws:s3:::models/repacked/model.tar.gz
from sagemaker.core.common_utils import repack_model
from sagemaker.core.helper.session_helper import Session
from sagemaker.utils import repack_model as repack

repack_model("inference.py", "code", [], "s3://models/churn/model.tar.gz", "s3://models/repacked/model.tar.gz", Session())
repack(inference_script="inference.py", source_directory="s3://code/sourcedir.tar.gz", dependencies=[], model_uri="file://model.tar.gz", repacked_model_uri="file://repacked.tar.gz", sagemaker_session=None)
