"""Tests of auditing: what a role lacks, and what it has too much of."""
