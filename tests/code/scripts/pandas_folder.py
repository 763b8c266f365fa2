#   s3:GetObject arn:aws:s3:::data/parquet/*
#   s3:ListBucket arn:aws:s3:::data
import pandas
ROOT = "s3://data/"
pandas.read_parquet(path=ROOT + "parquet/")
