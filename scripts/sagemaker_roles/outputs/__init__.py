"""Write composed policies as users need them: split to IAM's size, as templates, as commands, with explanations."""
