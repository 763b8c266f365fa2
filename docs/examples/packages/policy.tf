data "http" "policy" {
  url = "https://site.example/v1/VERSION/operations/CreateEndpointConfig/execution/policy.json"
}

resource "aws_iam_policy" "endpoints" {
  name = "endpoints"
  policy = templatestring(data.http.policy.response_body, {
    Partition = "aws"
    Region    = "us-west-2"
    Account   = "111122223333"
  })
}
