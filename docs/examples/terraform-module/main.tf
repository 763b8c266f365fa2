module "training_role" {
  source    = "./sagemaker-roles-terraform"
  operation = "CreateTrainingJob"
  addons    = ["vpc", "kms-output"]
  values    = { InputBucket = "amzn-s3-demo-bucket", InputPrefix = "data/train" }
}
