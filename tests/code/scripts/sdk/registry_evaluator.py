#   iam:PassRole arn:aws:iam::111122223333:role/Evaluate
#   lambda:CreateFunction arn:aws:lambda:us-west-2:111122223333:function:SageMaker-evaluator-reward-*
#   lambda:UpdateFunctionCode arn:aws:lambda:us-west-2:111122223333:function:SageMaker-evaluator-reward-*
#   s3:AbortMultipartUpload arn:aws:s3:::sagemaker-us-west-2-111122223333/evaluators/prompt
#   s3:AbortMultipartUpload arn:aws:s3:::sagemaker-us-west-2-111122223333/evaluators/reward
#   s3:PutObject arn:aws:s3:::sagemaker-us-west-2-111122223333/evaluators/prompt
#   s3:PutObject arn:aws:s3:::sagemaker-us-west-2-111122223333/evaluators/reward
#   sagemaker:CreateHub arn:aws:sagemaker:us-west-2:111122223333:hub/{}
#   sagemaker:DeleteHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/JsonDoc/*
#   sagemaker:DeleteHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/JsonDoc/*/*
#   sagemaker:DeleteHubContent arn:aws:sagemaker:us-west-2:111122223333:hub/{}
#   sagemaker:DescribeHub arn:aws:sagemaker:us-west-2:111122223333:hub/{}
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/JsonDoc/prompt
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/JsonDoc/prompt/*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/JsonDoc/reward
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/JsonDoc/reward/*
#   sagemaker:DescribeHubContent arn:aws:sagemaker:us-west-2:111122223333:hub/{}
#   sagemaker:ImportHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/JsonDoc/prompt
#   sagemaker:ImportHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/JsonDoc/prompt/*
#   sagemaker:ImportHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/JsonDoc/reward
#   sagemaker:ImportHubContent arn:aws:sagemaker:us-west-2:111122223333:hub-content/{}/JsonDoc/reward/*
#   sagemaker:ImportHubContent arn:aws:sagemaker:us-west-2:111122223333:hub/{}
#   sagemaker:ListHubContents arn:aws:sagemaker:us-west-2:111122223333:hub/{}
from sagemaker.ai_registry.air_constants import REWARD_FUNCTION, REWARD_PROMPT
from sagemaker.ai_registry.evaluator import Evaluator

role = "arn:aws:iam::111122223333:role/Evaluate"
Evaluator.create(name="prompt", source="prompt.jinja", type=REWARD_PROMPT, wait=False)
made = Evaluator.create(name="reward", type=REWARD_FUNCTION, source="reward.py", role=role)
made.create_version("arn:aws:lambda:us-west-2:111122223333:function:reward")
for one in Evaluator.get_all(type=REWARD_FUNCTION):
    one.delete(version="1.0.0")
