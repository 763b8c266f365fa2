base=https://site.example/v1/VERSION/operations/CreateEndpointConfig/execution
export Partition=aws Region=us-west-2 Account=111122223333
curl -fsS "$base/policy.json" | envsubst '$Partition $Region $Account'
