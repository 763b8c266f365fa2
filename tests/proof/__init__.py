"""The proof: every policy shown sufficient, tight and minimal by a policy simulator of others."""
