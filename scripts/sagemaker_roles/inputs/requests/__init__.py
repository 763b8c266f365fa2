"""Readers of requests, one module a format: each has ``recognizes`` and ``read``."""

#: What an input is read as where no other reader recognizes it.
API = "api"

#: The formats of inputs, each the name of its module. The first that recognizes a value reads it.
INPUT_FORMATS = (
    API,
    "cloudtrail",
    "commands",
    "ack",
    "terraform",
    "terraform_configuration",
    "cloudformation",
    "pipeline",
)
