"""Authoring: strict YAML with positions, schemas, loading, `like`, canonical order, scaffolds and help for editors."""
