"""Optional commands; nothing outside imports them."""
