#   s3:GetObject arn:aws:s3:::acme-corpora/squad/train.jsonl
#   s3:GetObject arn:aws:s3:::acme-corpora/squad/dev.jsonl
#   s3:PutObject arn:aws:s3:::acme-corpora/tokenized/*
#   s3:AbortMultipartUpload arn:aws:s3:::acme-corpora/tokenized/*
#   s3:ListBucket arn:aws:s3:::acme-corpora
from datasets import load_dataset

files = {"train": "s3://acme-corpora/squad/train.jsonl", "test": "s3://acme-corpora/squad/dev.jsonl"}
data = load_dataset("json", data_files=files)
tokenized = data.map(lambda row: row)
tokenized.save_to_disk("s3://acme-corpora/tokenized/")
