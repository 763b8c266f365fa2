CREATE OR REPLACE TEMPORARY VIEW cloudtrail_files (Records ARRAY<STRUCT<eventTime: STRING, eventSource: STRING, eventName: STRING, awsRegion: STRING, errorCode: STRING, errorMessage: STRING, requestParameters: STRING, recipientAccountId: STRING, userIdentity: STRUCT<accountId: STRING>>>)
USING json
OPTIONS (
  'path' '@LOCATION@',
  'recursiveFileLookup' 'true',
  'pathGlobFilter' '*_CloudTrail_*.json*',
  'multiLine' 'true',
  'mode' 'FAILFAST'
);

CREATE OR REPLACE TEMPORARY VIEW cloudtrail AS
SELECT event.* FROM cloudtrail_files LATERAL VIEW EXPLODE(Records) exploded AS event;
