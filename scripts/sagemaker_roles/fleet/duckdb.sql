CREATE OR REPLACE VIEW cloudtrail AS
SELECT event.* FROM (
  SELECT UNNEST(Records) AS event
  FROM read_json(
    '@LOCATION@/**/*_CloudTrail_*.json*',
    columns = {'Records': 'STRUCT(@COLUMNS@)[]'},
    format = 'unstructured',
    maximum_object_size = 134217728
  )
);
