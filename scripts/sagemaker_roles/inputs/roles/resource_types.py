"""Which members of resources, and of answers of IAM, have the parts of a role or policy: a table by type."""

from __future__ import annotations

from typing import NamedTuple


class RoleMembers(NamedTuple):
    """The members of a role.

    Attributes:
        name: its name.
        trust: its trust policy.
        boundary: the ARN of its permissions boundary.
        inline: the list of its inline policies.
        inline_name: the name of an inline policy of the list.
        inline_document: the document of an inline policy of the list.
        attached: the list of its managed policies.
    """

    name: str
    trust: str
    boundary: str
    inline: str
    inline_name: str
    inline_document: str
    attached: str


class PolicyMembers(NamedTuple):
    """The members of a policy or of an attachment; "" for a member that the type does not have.

    Attributes:
        name: its name.
        document: its document.
        roles: the roles that have it.
        arn: the ARN of the managed policy that an attachment is about.
        is_managed: whether it has an ARN, by which roles name it.
    """

    name: str = ""
    document: str = ""
    roles: str = ""
    arn: str = ""
    is_managed: bool = False


#: A role of the IAM API, as get-account-authorization-details and get-role answer it.
API_ROLE = RoleMembers(
    name="RoleName",
    trust="AssumeRolePolicyDocument",
    boundary="PermissionsBoundary",
    inline="RolePolicyList",
    inline_name="PolicyName",
    inline_document="PolicyDocument",
    attached="AttachedManagedPolicies",
)

#: A user and a group of get-account-authorization-details; neither has a trust policy, and a group has no boundary.
API_USER = API_ROLE._replace(name="UserName", trust="", inline="UserPolicyList")
API_GROUP = API_ROLE._replace(name="GroupName", trust="", boundary="", inline="GroupPolicyList")

#: The types of roles.
ROLES = {
    "AWS::IAM::Role": API_ROLE._replace(inline="Policies", attached="ManagedPolicyArns"),
    "aws_iam_role": RoleMembers(
        name="name",
        trust="assume_role_policy",
        boundary="permissions_boundary",
        inline="inline_policy",
        inline_name="name",
        inline_document="policy",
        attached="managed_policy_arns",
    ),
}

#: The types of policies and attachments, in the order in which roles get their policies.
POLICIES = {
    "AWS::IAM::ManagedPolicy": PolicyMembers("ManagedPolicyName", "PolicyDocument", "Roles", is_managed=True),
    "AWS::IAM::Policy": PolicyMembers("PolicyName", "PolicyDocument", "Roles"),
    "AWS::IAM::RolePolicy": PolicyMembers("PolicyName", "PolicyDocument", "RoleName"),
    "aws_iam_policy": PolicyMembers("name", "policy", is_managed=True),
    "aws_iam_role_policy": PolicyMembers("name", "policy", "role"),
    "aws_iam_role_policy_attachment": PolicyMembers(roles="role", arn="policy_arn"),
    "aws_iam_policy_attachment": PolicyMembers(roles="roles", arn="policy_arn"),
}
