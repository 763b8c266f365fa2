"""Failures that users reported in public, held against what our roles allow."""
