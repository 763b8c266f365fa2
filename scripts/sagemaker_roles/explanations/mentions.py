"""What a text names: ARNs, and buckets, objects, repositories, log groups, Regions and accounts named in other ways."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from ..catalog import Catalog
from ..engine.values import filled, names_in
from ..engine.values import pattern as with_groups
from ..iam.arn_parts import parse, parts_of

#: An ARN; its account can be hidden (``***``, ``<account>``), and it ends where the sentence goes on.
ARN = re.compile(
    r"arn:(?:aws[a-z-]{0,12}):[a-z0-9-]{1,40}:[a-z0-9-]{0,32}:[^:\s\"'/]{0,24}:(?:(?!,arn:)[!#-&*-:=?-Z_a-z{}~^])+"
)
#: A resource that is named where AWS names it, in quotation marks, or with spaces up to the reason; or all of them.
_ON = re.compile(
    r"(?i)\s(?:on\s)?resource:\s?(?:\"([^\"]{1,1024})\"|(arn:[^\"\n]{1,600}?)(?=\s(?:because|with)\s)"
    r"|((?:role|user|policy|instance\sprofile)\s[\w+=,.@/-]{1,576})|(\*)(?![^\s.,;)\"']))"
)
_SAID = re.compile(r"(?i)resource:?\s[\"']?$")
#: Who was denied: a session, or a user.
PRINCIPAL = re.compile(r"arn:[a-z-]+:(?:sts:.*:(?:assumed-role|federated-user)/|iam:.*:(?:user/|root))")
#: A Region, as an ARN has it.
_REGION = re.compile("[a-z]{2,4}-[a-z-]{3,24}-[0-9]{1,2}")
#: What a space of a pattern is in a text.
_SPACE = "[ \\n]"
#: What a signed URL adds to an object.
_SIGNED = re.compile(r"(?i)\?(?:x-amz-|awsaccesskeyid|signature).*")


class Mentions(NamedTuple):
    """What a text names in other ways than with ARNs.

    Attributes:
        resources: their ARNs by place, with placeholders for what the text does not show.
        values: the Region, account and service principal that it names, of each if it names one only.
    """

    resources: Mapping[int, str]
    values: Mapping[str, str]


def read_mentions(catalog: Catalog, text: str, arns: Collection[str] = ()) -> Mentions:
    """What a text names as data/messages/mentions.yaml says.

    Args:
        arns: the ARNs in it.
    """
    found: dict[int, str] = {}
    where: dict[str, dict[str, None]] = {"Region": {}, "Account": {}, "Service": {}}
    for record in catalog.mentions.values():
        for one in mention_pattern(record["pattern"]).finditer(text):
            groups = {name: _trimmed(name, value) for name, value in one.groupdict().items() if value}
            if "resource" in record:
                found.setdefault(one.start(), _resource_of(record["resource"], groups))
                continue
            for name, values in where.items():
                if name in groups:
                    values.setdefault(groups[name])
    where["Region"].update(dict.fromkeys(region for arn in arns if _REGION.fullmatch(region := parts_of(arn).region)))
    return Mentions(found, {name: next(iter(values)) for name, values in where.items() if len(values) == 1})


def mention_pattern(text: str) -> re.Pattern[str]:
    """A pattern of a mention: in any case, with any space where it has one."""
    return with_groups(f"(?i:{text.replace(' ', _SPACE)})")


def _trimmed(name: str, value: str) -> str:
    value = value.rstrip(".,;")
    return value.rstrip(":") if name == "Key" else value.rstrip("/") if name == "Repository" else value


def _resource_of(template: str, groups: Mapping[str, str]) -> str:
    last = names_in(template)[-1]
    return filled(template if groups.get(last) else template.removesuffix(f"/${{{last}}}"), groups)


def read_arns(text: str) -> dict[int, str]:
    """The ARNs of a text by their place; a hidden account is a placeholder."""
    found = {}
    for one in ARN.finditer(text):
        arn = _SIGNED.sub("", one[0]).rstrip(".,")
        arn = arn if arn.endswith("log-stream:") else arn.rstrip(":")
        while arn.count("}") > arn.count("{"):
            arn = arn[: arn.rindex("}")]
        parts = parse(arn)
        if parts and parts.resource:
            account = parts.account if re.fullmatch("[0-9]{12}|aws|", parts.account) else "${Account}"
            found[one.start()] = ":".join(["arn", *parts[:3], account, parts.resource])
    return found


def find_principal(text: str, arns: Mapping[int, str], at: int) -> str:
    """Who was denied: a session or user, or the role that the text says it of."""
    named = [place for place, arn in arns.items() if PRINCIPAL.match(arn) or text[:place].lower().endswith("user: ")]
    named = [place for place in named if place != resource_place(text, at)]
    return arns[next((place for place in named if place >= at), named[-1])] if named else ""


def resource_place(text: str, at: int) -> int:
    """Where the resource is that a message names as such; -1 if it does not."""
    found = _ON.search(text, at)
    return -1 if found is None else max(found.start(group) for group in (1, 2, 3, 4))


def is_said_resource(text: str, arns: Mapping[int, str], resource: str) -> bool:
    """Whether a text says of an ARN that it is the resource."""
    return any(arn == resource and _SAID.search(text[max(0, place - 16) : place]) for place, arn in arns.items())


def find_resource(text: str, at: int, arns: Mapping[int, str], mentioned: Mapping[int, str], service: str) -> str:
    """What was denied: what the message names as such, else what is of the service of the action; behind it first."""
    on = _ON.search(text, at)
    if on and on[4]:
        return "*"
    if on and (on[1] or on[2] or "").startswith("arn:"):
        return next(iter(read_arns(on[2]).values()), "") if on[1] is None and " " not in on[2] else (on[1] or on[2])
    if on and on[3] and service in ("iam", "sts"):
        kind, _, name = on[3].rpartition(" ")
        return f"arn:${{Partition}}:iam::${{Account}}:{kind.lower().replace(' ', '-')}/{name.rstrip('.,')}"
    every = sorted({**arns, **mentioned}.items())
    wanted = {"sts": "iam"}.get(service, service)
    fitting = [(place, arn) for place, arn in every if parts_of(arn).service == wanted or not service]
    if not service:
        fitting = [(place, arn) for place, arn in fitting if parts_of(arn).service not in ("iam", "sts")]
    return next((arn for place, arn in fitting if place >= at), fitting[-1][1] if fitting else "")


def of_level(resource: str, actions: Sequence[str]) -> str:
    """The bucket of an object, for an action that has buckets as its resource."""
    is_bucket = bool(actions) and actions[0].startswith("s3:") and "Bucket" in actions[0]
    # The ARN of an access point has a slash before its name, and a Region.
    return resource.partition("/")[0] if is_bucket and ":s3:::" in resource else resource
