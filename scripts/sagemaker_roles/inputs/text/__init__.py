"""Text of what people give: JSON and YAML whose values know their place."""
