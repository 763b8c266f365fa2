variable "operation" {
  description = "API operation, such as CreateTrainingJob."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+$", var.operation))
    error_message = "An operation has letters, digits, and hyphens."
  }
}

variable "role" {
  description = "ID of the role of the operation; most operations have one, execution."
  type        = string
  default     = "execution"

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+$", var.role))
    error_message = "The ID of a role has letters, digits, and hyphens."
  }
}

variable "addons" {
  description = "IDs of the add-ons that the work needs."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for id in var.addons : can(regex("^[A-Za-z0-9-]+$", id))])
    error_message = "The ID of an add-on has letters, digits, and hyphens."
  }
}

variable "values" {
  description = "Values of the placeholders, other than Partition, Region and Account."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for value in values(var.values) : !can(regex("[*?$\"\\\\\\x00-\\x1f\\x7f]", value))])
    error_message = "A value cannot contain *, ?, $, quotes, backslashes, or control characters: it would change what the policy is about."
  }
}

variable "request_json" {
  description = "Request of the operation as JSON; add-ons and values that its members show follow from it."
  type        = string
  default     = null

  validation {
    condition     = var.request_json == null || can(keys(jsondecode(var.request_json)))
    error_message = "The request must be a JSON object."
  }
}

variable "create" {
  description = "Whether to create the role, or only give the policies as outputs."
  type        = bool
  default     = true
}

variable "name" {
  description = "Name of the role; without one AWS makes it up."
  type        = string
  default     = null
}

variable "path" {
  description = "Path of the role."
  type        = string
  default     = "/"
}

variable "permissions_boundary" {
  description = "ARN of the permissions boundary."
  type        = string
  default     = null
}
