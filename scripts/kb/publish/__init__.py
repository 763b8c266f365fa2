"""Turns a catalog into the published files, compares built versions, and makes releases."""
