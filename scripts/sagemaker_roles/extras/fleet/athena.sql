CREATE EXTERNAL TABLE cloudtrail (
  eventtime STRING,
  eventsource STRING,
  eventname STRING,
  awsregion STRING,
  errorcode STRING,
  errormessage STRING,
  requestparameters STRING,
  recipientaccountid STRING,
  useridentity STRUCT<accountid: STRING>
)
PARTITIONED BY (account STRING, region STRING, day STRING)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION '@LOCATION@/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '@ACCOUNTS@',
  'projection.region.type' = 'enum',
  'projection.region.values' = '@REGIONS@',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'projection.day.range' = '@SINCE@,NOW',
  'storage.location.template' = '@LOCATION@/${account}/CloudTrail/${region}/${day}'
)
