SELECT
  account,
  region,
  operation,
  error_code,
  COUNT(*) AS events,
  MIN(seen) AS first_seen,
  MAX(seen) AS last_seen,
  error_message,
  request
FROM (
  SELECT
    CASE
      WHEN recipientaccountid LIKE '____________'
      THEN recipientaccountid
      WHEN useridentity.accountid LIKE '____________'
      THEN useridentity.accountid
    END AS account,
    awsregion AS region,
    @OPERATION@ AS operation,
    errorcode AS error_code,
    CASE WHEN errorcode <> '' THEN errormessage END AS error_message,
    CAST(requestparameters AS @TEXT@) AS request,
    CASE WHEN eventtime LIKE '____-__-__T__:__:__Z' THEN eventtime END AS seen
  FROM cloudtrail
  WHERE
    @EVENTS@
) AS calls
WHERE
  @RANGE@
GROUP BY
  account,
  region,
  operation,
  error_code,
  error_message,
  request@END@
