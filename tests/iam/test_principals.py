"""How a statement names a caller: the account, the role, a session of it, a service, everyone."""

from __future__ import annotations

import pytest

from sagemaker_roles.iam import principals
from sagemaker_roles.iam.patterns import EVERYTHING
from sagemaker_roles.iam.statements import principal, statements

ROLE = "arn:aws:iam::111122223333:role/service-role/Train"
SESSION = "arn:aws:sts::111122223333:assumed-role/Train/sagemaker"
USER = "arn:aws:iam::111122223333:user/Ana"


@pytest.mark.parametrize(
    ("kind", "value", "principal", "how"),
    [
        ("*", "*", ROLE, "direct"),
        ("AWS", "111122223333", ROLE, "account"),
        ("AWS", "arn:aws:iam::111122223333:root", SESSION, "account"),
        ("AWS", "444455556666", ROLE, ""),
        ("AWS", ROLE, ROLE, "role"),
        # A session does not show the role's path, and names of roles are unique in any case of letters.
        ("AWS", ROLE, SESSION, "role"),
        ("AWS", "arn:aws:iam::111122223333:role/TRAIN", SESSION, "role"),
        ("AWS", "arn:aws:iam::444455556666:role/Train", SESSION, ""),
        ("AWS", "arn:aws-cn:iam::111122223333:role/Train", SESSION, ""),
        ("AWS", SESSION, SESSION, "direct"),
        ("AWS", SESSION, ROLE, "session"),
        ("AWS", "arn:aws:sts::111122223333:assumed-role/Train/other", SESSION, ""),
        ("AWS", ROLE, "arn:aws:sts::111122223333:federated-user/Train", ""),
        ("AWS", "arn:aws:iam::111122223333:user/Train", SESSION, ""),
        ("AWS", "arn:aws:s3::111122223333:root", ROLE, ""),
        ("AWS", USER, USER, "direct"),
        ("AWS", USER, ROLE, ""),
        ("AWS", USER, "", "session"),
        ("Service", "sagemaker.amazonaws.com", "sagemaker.amazonaws.com", "direct"),
        ("Service", "sagemaker.amazonaws.com", ROLE, ""),
        ("AWS", "sagemaker.amazonaws.com", "sagemaker.amazonaws.com", ""),
    ],
)
def test_how_a_principal_names_a_caller(kind: str, value: str, principal: str, how: str) -> None:
    assert principals.names(kind, value, principal) == how


@pytest.mark.parametrize(
    ("element", "value", "holds"),
    [
        ("Principal", {"AWS": SESSION}, None),
        ("Principal", {"AWS": [SESSION, ROLE]}, True),
        ("Principal", {"AWS": USER}, False),
        ("NotPrincipal", {"AWS": USER}, True),
        ("NotPrincipal", {"AWS": ROLE}, None),
        ("NotPrincipal", {"AWS": "111122223333"}, None),
        ("NotPrincipal", {"AWS": [ROLE, "111122223333"]}, False),
    ],
)
def test_whether_a_statement_names_the_role(element: str, value: object, holds: bool | None) -> None:
    one = {"Effect": "Allow", element: value, "Action": "s3:GetObject", "Resource": "*"}
    (statement,) = statements({"Version": "2012-10-17", "Statement": [one]})
    assert principals.named(statement, ROLE)[0].holds is holds


def test_who_everyone_is_and_whose_root_an_account_number_is() -> None:
    assert principal("AWS", "*") is EVERYTHING
    assert principal("*", "*") is EVERYTHING
    assert principal("Service", "*") is not EVERYTHING
    assert principal("AWS", "111122223333") == principal("AWS", "arn:aws:iam::111122223333:root")
    assert principal("Federated", "111122223333") != principal("Federated", "arn:aws:iam::111122223333:root")
    assert principal("AWS", "11112222333") != principal("AWS", "arn:aws:iam::11112222333:root")
