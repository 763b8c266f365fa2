#   s3:GetObject arn:aws:s3:::lake/events/*
#   s3:ListBucket arn:aws:s3:::lake
#   s3:PutObject arn:aws:s3:::lake/out/x.parquet
#   s3:AbortMultipartUpload arn:aws:s3:::lake/out/x.parquet
import pyarrow.dataset as ds
import pyarrow.parquet as pq
table = ds.dataset("s3://lake/events/", format="parquet").to_table()
pq.write_table(table, "s3://lake/out/x.parquet")
