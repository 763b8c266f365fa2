"""A message against the knowledge base: the clues in a text, what they can mean, and the statement that cures it."""
