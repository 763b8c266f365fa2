#   athena:StartQueryExecution arn:aws:athena:us-west-2:111122223333:workgroup/primary
#   athena:GetQueryExecution arn:aws:athena:us-west-2:111122223333:workgroup/*
#   athena:GetQueryResults arn:aws:athena:us-west-2:111122223333:workgroup/*
#   glue:GetDatabase arn:aws:glue:us-west-2:111122223333:catalog
#   glue:GetDatabase arn:aws:glue:us-west-2:111122223333:database/sales
#   glue:GetTable arn:aws:glue:us-west-2:111122223333:catalog
#   glue:GetTable arn:aws:glue:us-west-2:111122223333:database/sales
#   glue:GetTable arn:aws:glue:us-west-2:111122223333:table/sales/*
#   glue:GetPartitions arn:aws:glue:us-west-2:111122223333:catalog
#   glue:GetPartitions arn:aws:glue:us-west-2:111122223333:database/sales
#   glue:GetPartitions arn:aws:glue:us-west-2:111122223333:table/sales/*
#   s3:GetBucketLocation arn:aws:s3:::query-out
#   s3:GetObject arn:aws:s3:::query-out/tmp/*
#   s3:PutObject arn:aws:s3:::query-out/tmp/*
import awswrangler as wr
frame = wr.athena.read_sql_query("select 1", database="sales", s3_output="s3://query-out/tmp/")
