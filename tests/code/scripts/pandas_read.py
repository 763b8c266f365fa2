#   s3:GetObject arn:aws:s3:::data/train.csv
#   s3:PutObject arn:aws:s3:::data/clean/train.csv
#   s3:AbortMultipartUpload arn:aws:s3:::data/clean/train.csv
import pandas as pd
frame = pd.read_csv("s3://data/train.csv").dropna()
frame.to_csv("s3://data/clean/train.csv", index=False)
