"""What contributors and maintainers run; not in the wheel."""
