"""What was read, held against what is there now: pages, managed policies, packages, and the SDK's roles."""
