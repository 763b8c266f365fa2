"""The commands of contributors, one module a command."""
