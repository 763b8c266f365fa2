"""Readers of requests, one module a format."""
