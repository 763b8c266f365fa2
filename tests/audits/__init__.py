"""Tests of audits: what a role is missing, and what it has in excess."""
