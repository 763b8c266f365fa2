"""Writes the reference site's pages: built artifacts in, Markdown out. Reads nothing but artifacts."""
