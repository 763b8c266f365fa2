import { SageMakerExecutionRole } from "sagemaker-roles/cdk";

SageMakerExecutionRole.forOperation(this, "TrainingRole", {
  operation: "CreateTrainingJob",
  addons: ["vpc"],
  values: { InputBucket: "amzn-s3-demo-bucket", InputPrefix: "data/train" },
});
