"""Characters of policy documents as AWS counts them, and how many each kind may have."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple


class Limit(NamedTuple):
    """How large a kind of document may be.

    Attributes:
        kind: the kind, as ``managed``.
        most: the number of characters, or of bytes, that may not be exceeded.
        counts_white_space: whether white space counts. IAM leaves it out; others count the document as it is stored.
        counts_bytes: whether bytes of UTF-8 are counted, not characters.
        source: where AWS says so.
        statements: how many statements it may have; 0 where only the size counts.
    """

    kind: str
    most: int
    counts_white_space: bool
    counts_bytes: bool
    source: str
    statements: int = 0


_IAM = "IAM User Guide, IAM and AWS STS quotas"
_ORGANIZATIONS = "AWS Organizations User Guide, Quotas and service limits for AWS Organizations"

#: The limits by kind. Where a quota can be raised, its default.
LIMITS: Mapping[str, Limit] = {
    limit.kind: limit
    for limit in (
        Limit("managed", 6144, False, False, _IAM),
        Limit("boundary", 6144, False, False, _IAM),
        Limit("inline-role", 10240, False, False, _IAM),
        Limit("inline-user", 2048, False, False, _IAM),
        Limit("inline-group", 5120, False, False, _IAM),
        Limit("trust", 2048, False, False, _IAM),
        Limit("session", 2048, True, False, "AWS STS API Reference, AssumeRole"),
        Limit("scp", 5120, True, False, _ORGANIZATIONS),
        Limit("rcp", 5120, True, False, _ORGANIZATIONS),
        Limit("key", 32768, True, True, "AWS KMS API Reference, PutKeyPolicy"),
        Limit("bucket", 20480, True, True, "Amazon S3 User Guide, Bucket policies for Amazon S3"),
        Limit("access-point", 20480, True, True, "Amazon S3 User Guide, Access points restrictions and limitations"),
        Limit("repository", 10240, True, False, "Amazon ECR API Reference, SetRepositoryPolicy"),
        Limit("secret", 20480, True, False, "AWS Secrets Manager API Reference, PutResourcePolicy"),
        Limit("topic", 30720, True, True, "Amazon SNS Developer Guide, Policy quotas"),
        Limit("queue", 8192, True, True, "Amazon SQS Developer Guide, Amazon SQS policy quotas", 20),
        Limit("function", 20480, True, True, "AWS Knowledge Center, The final policy size is bigger than the limit"),
        Limit("model-package-group", 20480, True, False, "SageMaker API Reference, PutModelPackageGroupPolicy"),
        Limit("inference-endpoint", 20480, True, False, "SageMaker API Reference, PutEndpointPolicy"),
        Limit("endpoint", 20480, True, False, "AWS PrivateLink Guide, AWS PrivateLink quotas"),
    )
}

#: Characters of a managed policy, without white space.
POLICY_LIMIT = LIMITS["managed"].most
#: Characters of a role's trust policy; the quota can be raised to 4,096.
TRUST_LIMIT = LIMITS["trust"].most
#: Managed policies a role can have; the quota can be raised to 20.
ATTACHED_LIMIT = 10


def size(value: Any) -> int:
    """Characters of a document as IAM counts them: without white space, also in its texts."""
    return len("".join(json.dumps(value, separators=(",", ":")).split()))


def size_as(kind: str, text: str) -> int:
    """What a document of a kind, as it is sent, counts.

    Raises:
        KeyError: there is no limit for this kind.
    """
    limit = LIMITS[kind]
    if not limit.counts_white_space:
        text = "".join(text.split())
    return len(text.encode()) if limit.counts_bytes else len(text)
