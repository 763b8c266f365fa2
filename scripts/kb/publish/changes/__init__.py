"""Compares two built versions by what their policies allow: JSON Patches, a readable list, the next version."""
