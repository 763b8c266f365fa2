"""Reads the roles that people have: policy files, answers of IAM, whole accounts, templates, plans and states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...catalog import Catalog
from ..reader import InputDocument, Notice, Reading
from ..reading import documents, recognized
from ..requests import cloudtrail, terraform_configuration
from ..text.content import InputError, Source, decoded, sources, unpacked
from . import cloudformation, terraform
from .drafts import Managed
from .existing_roles import ExistingPolicy, ExistingRole, Kind, RoleReading
from .iam_answers import Answers, is_account
from .policy_documents import read_policy_file

__all__ = [
    "ExistingPolicy",
    "ExistingRole",
    "HeldPolicy",
    "HeldRole",
    "Kind",
    "Managed",
    "Notice",
    "RoleReading",
    "read_policy_file",
    "read_roles",
]

#: The names under which the library's users know them.
HeldPolicy, HeldRole = ExistingPolicy, ExistingRole


def read_roles(
    catalog: Catalog,
    inputs: Iterable[str | Source],
    *,
    managed: Managed | None = None,
    values: Mapping[str, str] | None = None,
    requests: Reading | None = None,
    operations: Iterable[str] = (),
    is_quiet: bool = False,
    with_users: bool = False,
) -> RoleReading:
    """Reads the roles in files, folders and standard input (``-``).

    What several inputs say of one role comes together: pages of ``get-account-authorization-details``, and the answers
    of ``get-role``, ``get-role-policy``, ``list-attached-role-policies`` and ``get-policy-version``. Policy documents
    by themselves make one role without an ARN.

    Args:
        inputs: paths, ``-``, or sources that were read already.
        managed: gives the text of an AWS managed policy by its ARN or name, or None; without it, the built data does.
            ``catalog.managed_policy(policy.name)`` tells version and date of a policy of the kind ``managed``.
        values: values for parameters of templates, as for the requests.
        requests: what was read of the same inputs as requests. Parts that are not known then have the same names in
            both, and ``passed_as`` of each role has the texts by which these requests pass it.
        operations: more operations that needs are composed for; no part that is not known is called as one of their
            placeholders.
        is_quiet: passes over inputs without a role, which were given for their requests.
        with_users: reads the users and groups of accounts too.

    Returns:
        The roles with what is to tell about them. An input that cannot be read is a ``problem`` notice.
    """
    text = managed or (lambda name: getattr(catalog.managed_policy(name), "document", None))
    reader = _Reader(catalog, values or {}, text, requests, operations)
    reader.is_quiet, reader.with_users = is_quiet, with_users
    for given in inputs:
        try:
            for source in sources(given) if isinstance(given, str) else (given,):
                reader.take(source, source.in_folder)
        except InputError as error:
            reader.refuse(error)
    return reader.finish()


class _Reader(Answers):
    """Reads inputs one after the other."""

    def take(self, source: Source, in_folder: bool) -> None:
        try:
            raw = unpacked(source)
            if cloudtrail.is_log(raw):
                self._other(InputDocument(None, source.name), in_folder)
                return
            text = decoded(raw, source.name)
            if is_account(raw):
                del raw
                self.stream(text, source.name)
                return
            for document in documents(source.name, text):
                self.each(document, in_folder)
        except InputError as error:
            if not (self.is_quiet and error.position.line == 0):
                self.refuse(error)

    def each(self, document: InputDocument, in_folder: bool) -> None:
        is_list = isinstance(document.value, list)
        for at in [document.below(index) for index in range(len(document.value))] if is_list else [document]:
            if not self._one(at):
                self._other(at, in_folder)
                return

    def _one(self, at: InputDocument) -> bool:
        if not isinstance(at.value, Mapping):
            return False
        form = recognized(at.value) if not at.path else None
        if form == "cloudformation":
            return cloudformation.take(self, at)
        if form == "terraform":
            return terraform.take(self, at)
        if form == "terraform_configuration":
            plans = terraform_configuration.plans(self, at, "aws_iam_")
            return sum(terraform.take(self, plan) for plan in plans) > 0
        return self.answer(at)

    def _other(self, at: InputDocument, in_folder: bool) -> None:
        """An input without a role: a problem where it was given by name, and for its roles."""
        if self.is_quiet:
            return
        if in_folder:
            self.notice("note", at.where(), "no role and no policy; it is passed over")
            return
        message = (
            "no role and no policy; expected a policy document, an answer of IAM such as "
            "get-account-authorization-details, or a template, plan or state with roles"
        )
        self.notice("problem", at.where(), message)
