output "role_arn" {
  description = "ARN of the role, to pass to the operation; empty if it is not created."
  value       = try(aws_iam_role.this[0].arn, "")
}

output "policy_json" {
  description = "The permissions policy."
  value       = jsonencode(local.policy)
}

output "trust_json" {
  description = "The trust policy."
  value       = jsonencode(local.trust)
}

output "companions" {
  description = "Policies of resources that must agree, those whose placeholders all have values: kind, resource, needed, policy."
  value       = [for one in local.companions : one if length(regexall("\\$\\{[A-Z][A-Za-z0-9]*\\}", jsonencode(one))) == 0]
}

output "addons" {
  description = "IDs of the add-ons in the policy: those of the variable, and those that follow from the request."
  value       = local.ids
}

output "missing" {
  description = "Placeholders in the policies that have no value."
  value       = local.missing
}

output "undecided" {
  description = "IDs of add-ons whose condition only the command can read in a request."
  value       = var.request_json == null ? [] : local.table.left
}
