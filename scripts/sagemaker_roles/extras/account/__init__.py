"""Asks AWS with the credentials of the person who runs it, and gives back what logs showed: `verify` and `attest`."""
