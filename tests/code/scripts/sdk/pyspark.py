#   iam:PassRole arn:aws:iam::111122223333:role/Spark
#   logs:DescribeLogStreams arn:aws:logs:us-west-2:111122223333:log-group:/aws/sagemaker/ProcessingJobs
#   logs:GetLogEvents arn:aws:logs:us-west-2:111122223333:log-group:/aws/sagemaker/ProcessingJobs:log-stream:{}
#   s3:AbortMultipartUpload arn:aws:s3:::shelf/daily/input/code/app.py
#   s3:AbortMultipartUpload arn:aws:s3:::shelf/daily/input/conf/configuration.json
#   s3:AbortMultipartUpload arn:aws:s3:::shelf/daily/input/py-files/*
#   s3:PutObject arn:aws:s3:::shelf/daily/input/code/app.py
#   s3:PutObject arn:aws:s3:::shelf/daily/input/conf/configuration.json
#   s3:PutObject arn:aws:s3:::shelf/daily/input/py-files/*
#   sagemaker:CreateProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/daily
#   sagemaker:CreateProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/sagemaker-spark-processing-*
#   sagemaker:DescribeProcessingJob arn:aws:sagemaker:us-west-2:111122223333:processing-job/daily
from sagemaker import Session
from sagemaker.processing import ProcessingInput, ProcessingOutput
from sagemaker.spark.processing import PySparkProcessor, SparkJarProcessor

session = Session(default_bucket="shelf")
job = {"role": "arn:aws:iam::111122223333:role/Spark", "instance_type": "ml.m5.xlarge", "instance_count": 2}
PySparkProcessor(**job, base_job_name="spark", framework_version="3.3", sagemaker_session=session).run(
    "app.py",
    submit_py_files=["helper.py", "s3://code/shared.py"],
    submit_jars=["s3://code/lib.jar"],
    inputs=[ProcessingInput("s3://raw/daily", "/opt/ml/processing/input/raw")],
    outputs=[ProcessingOutput("/opt/ml/processing/output", "s3://clean/daily")],
    configuration={"Classification": "spark-defaults", "Properties": {"spark.executor.memory": "2g"}},
    spark_event_logs_s3_uri="s3://logs/events",
    job_name="daily",
)
SparkJarProcessor(**job, framework_version="3.1", sagemaker_session=session).run("s3://code/job.jar", submit_class="com.example.Job", wait=False)
