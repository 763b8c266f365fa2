# The execution role of training jobs in a VPC, whose output is encrypted with a customer managed key.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

variable "artifacts" {
  description = "Folder of a version: a copy of v1/<version>."
  type        = string
}

variable "values" {
  description = "Values of the placeholders, other than Partition, Region and Account."
  type        = map(string)
}

data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  role   = "${var.artifacts}/operations/CreateTrainingJob/execution"
  addons = ["vpc", "kms-output"]
  values = merge(var.values, {
    Partition = data.aws_partition.current.partition
    Region    = data.aws_region.current.region
    Account   = data.aws_caller_identity.current.account_id
  })

  # A placeholder without a value is an error of templatefile.
  policy  = jsondecode(templatefile("${local.role}/policy.json", local.values))
  patches = [for id in local.addons : jsondecode(templatefile("${local.role}/addons/${id}.patch.json", local.values))]

  # Add-ons only append statements, so their patches need no more than this.
  permissions = merge(local.policy, {
    Statement = concat(local.policy.Statement, [for change in flatten(local.patches) : change.value])
  })
}

resource "aws_iam_role" "training" {
  name_prefix        = "training-"
  assume_role_policy = templatefile("${local.role}/trust-policy.json", local.values)
}

resource "aws_iam_role_policy" "training" {
  name   = "permissions"
  role   = aws_iam_role.training.id
  policy = jsonencode(local.permissions)
}

output "role_arn" {
  description = "For RoleArn of CreateTrainingJob."
  value       = aws_iam_role.training.arn
}
