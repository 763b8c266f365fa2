"""Composes the policy of the role that train.py passes: role.py > policy.json."""

import sys

import train

from sagemaker_roles import capture, write

with capture(region="us-west-2") as captured:
    train.main()

result = captured.compose()
for notice in result.notices:
    print(f"{notice.kind}: {notice.where}: {notice.message}", file=sys.stderr)
print(write(result).text, end="")
