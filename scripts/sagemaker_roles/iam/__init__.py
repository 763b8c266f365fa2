"""How IAM matches, in one place: patterns, ARNs, actions, conditions, grants, evaluation, size and splitting. Pure."""
