# The role of an operation of Amazon SageMaker AI, out of the published policies in data/.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}

data "aws_partition" "current" {}
data "aws_region" "current" {}
data "aws_caller_identity" "current" {}

locals {
  folder = "${path.module}/data/${var.operation}/${var.role}"
  values = merge({
    Partition = data.aws_partition.current.partition
    Region    = data.aws_region.current.region
    Account   = data.aws_caller_identity.current.account_id
  }, var.values)

  # A placeholder without a value is an error of templatefile, and an add-on that the role does not have is one too.
  base   = jsondecode(templatefile("${local.folder}/policy.json", local.values))
  trusts = jsondecode(templatefile("${local.folder}/trust-policy.json", local.values))
  addons = [for id in var.addons : jsondecode(templatefile("${local.folder}/addons/${id}.json", local.values))]

  # Add-ons only add statements; two of them can add the same one.
  policy = merge(local.base, {
    Statement = distinct(concat(local.base.Statement, flatten([for one in local.addons : one.policy])))
  })
  trust = merge(local.trusts, {
    Statement = distinct(concat(local.trusts.Statement, flatten([for one in local.addons : one.trust])))
  })
  companions = [for file in fileset(local.folder, "companions/*.json") : try(jsondecode(templatefile("${local.folder}/${file}", local.values)), "")]
}

resource "aws_iam_role" "this" {
  count                = var.create ? 1 : 0
  name                 = var.name
  path                 = var.path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = jsonencode(local.trust)
}

# Inline policies can have more characters together than one managed policy.
resource "aws_iam_role_policy" "this" {
  count  = var.create ? 1 : 0
  name   = "sagemaker-roles"
  role   = aws_iam_role.this[0].id
  policy = jsonencode(local.policy)

  lifecycle {
    precondition {
      condition     = length(jsonencode(local.policy)) <= 10240
      error_message = "The policy is larger than IAM accepts for inline policies; split the output policy_json into managed policies."
    }
  }
}
