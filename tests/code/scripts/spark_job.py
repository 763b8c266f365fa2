#   s3:GetObject arn:aws:s3:::raw/clicks/*
#   s3:ListBucket arn:aws:s3:::raw
#   s3:PutObject arn:aws:s3:::agg/clicks/*
#   s3:AbortMultipartUpload arn:aws:s3:::agg/clicks/*
#   s3:ListBucket arn:aws:s3:::agg
from pyspark.sql import SparkSession
spark = SparkSession.builder.appName("agg").getOrCreate()
clicks = spark.read.parquet("s3a://raw/clicks/")
clicks.groupBy("page").count().write.mode("overwrite").save("s3a://agg/clicks/")
