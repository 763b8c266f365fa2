# Follows the members of a request by the paths in request.json: one local for each member of a path.

locals {
  request = try(jsondecode(var.request_json), {})
  table   = jsondecode(file("${local.folder}/request.json"))
  kinds   = jsondecode(file("${path.module}/data/kinds.json"))
  paths   = local.table.paths
  nothing = ["", "false", "{}", "[]"]

  at0 = [for path in local.paths : [local.request]]
@STEPS@

  # The texts at the end of each path.
  texts = [for nodes in local.at@DEPTH@ : [for node in nodes : try(tostring(node), jsonencode(node))]]
}
