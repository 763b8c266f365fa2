"""Writing files and folders: whole, and only what the tool wrote itself."""
