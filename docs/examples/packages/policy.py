"""Prints a policy with its values; it needs no package."""

from string import Template
from urllib.request import urlopen

base = "https://site.example/v1/VERSION/operations/CreateEndpointConfig/execution"
with urlopen(f"{base}/policy.json") as file:
    policy = Template(file.read().decode())
print(policy.safe_substitute(Partition="aws", Region="us-west-2", Account="111122223333"))
