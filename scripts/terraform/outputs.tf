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
  value       = [for one in local.companions : one if one != ""]
}
