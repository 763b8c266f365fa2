"""Terraform configuration: its files, its expressions, and the resources that it declares, as a plan shows them."""
