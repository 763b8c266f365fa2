CREATE OR REPLACE VIEW cloudtrail AS
SELECT event.* FROM (
  SELECT UNNEST(Records) AS event
  FROM read_json(
    '@LOCATION@/**/*_CloudTrail_*.json*',
    columns = {'Records': 'STRUCT(eventTime VARCHAR, eventSource VARCHAR, eventName VARCHAR, awsRegion VARCHAR, errorCode VARCHAR, errorMessage VARCHAR, requestParameters JSON, recipientAccountId VARCHAR, userIdentity STRUCT(accountId VARCHAR))[]'},
    format = 'unstructured',
    maximum_object_size = 134217728
  )
);
