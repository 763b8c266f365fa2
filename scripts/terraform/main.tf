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
  home = {
    Partition = data.aws_partition.current.partition
    Region    = data.aws_region.current.region
    Account   = data.aws_caller_identity.current.account_id
  }

  # What follows from the request: request.tf finds the texts of its members.
  called = [for id, every in local.table.addons : id if var.request_json != null && anytrue([for tests in every : alltrue([for test in tests : anytrue([
    for text in local.texts[test.path] :
    test.kind == "some" || (test.kind == "set" ? !contains(local.nothing, text) : test.kind == "is" ? text == test.text : test.kind == "has" ? strcontains(text, test.text) : contains(test.accepted, try([for number, pattern in local.kinds[test.of] : number if can(regex(pattern, text))][0], -1)))
  ]) != test.not])])]
  named = flatten([for value in local.table.values : [for text in local.texts[value.path] : [
    for group, name in value.names : { name = name, value = regex(local.kinds[value.kind][value.form], text)[group] } if !contains(keys(local.home), name)
    ] if try([for number, pattern in local.kinds[value.kind] : number if can(regex(pattern, text))][0], -1) == value.form && alltrue([
      for group, name in value.names : try(regex(local.kinds[value.kind][value.form], text)[group] == local.home[name], !contains(keys(local.home), name))
    ])
  ] if var.request_json != null])
  found  = { for one in local.named : one.name => one.value... if one.value != null && !can(regex("[*?$\"\\\\\\x00-\\x1f\\x7f]", one.value)) }
  single = { for name, every in local.found : name => every[0] if length(distinct(every)) == 1 }

  # A placeholder without a value stays, and the preconditions name it.
  values = merge(local.table.placeholders, local.home, local.single, var.values)
  ids    = distinct(concat(var.addons, local.called))

  base   = jsondecode(templatefile("${local.folder}/policy.json", local.values))
  trusts = jsondecode(templatefile("${local.folder}/trust-policy.json", local.values))
  addons = [for id in local.ids : jsondecode(templatefile("${local.folder}/addons/${id}.json", local.values))]
  needed = [for one in local.base.Statement : one if var.request_json == null || try(anytrue([for number in local.table.statements[one.Sid] : length(local.texts[number]) > 0]), true)]

  # Add-ons only add statements; two of them can add the same one. A list of distinct elements has one type in Terraform.
  policy = merge(local.base, {
    Statement = [for text in distinct([for one in concat(local.needed, flatten([for one in local.addons : one.policy])) : jsonencode(one)]) : jsondecode(text)]
  })
  trust = merge(local.trusts, {
    Statement = [for text in distinct([for one in concat(local.trusts.Statement, flatten([for one in local.addons : one.trust])) : jsonencode(one)]) : jsondecode(text)]
  })
  companions = [for file in fileset(local.folder, "companions/*.json") : jsondecode(templatefile("${local.folder}/${file}", local.values))]
  missing    = distinct(regexall("\\$\\{[A-Z][A-Za-z0-9]*\\}", jsonencode([local.policy, local.trust])))
}

resource "aws_iam_role" "this" {
  count                = var.create ? 1 : 0
  name                 = var.name
  path                 = var.path
  permissions_boundary = var.permissions_boundary
  assume_role_policy   = jsonencode(local.trust)

  lifecycle {
    precondition {
      condition     = length(local.missing) == 0
      error_message = "These placeholders need a value in the variable values: ${join(", ", local.missing)}."
    }
  }
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
