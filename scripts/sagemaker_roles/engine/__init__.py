"""Composes: a request's values become statements, and statements documents (policy, trust, caller). Pure."""
