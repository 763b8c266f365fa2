"""A small organization's logs for the tests of `fleet`, with every form in which CloudTrail gives events."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from pathlib import Path
from typing import Any

ACCOUNTS = ("111122223333", "444455556666", "777788889999")
REGIONS = ("eu-west-1", "us-west-2")
Event = dict[str, Any]


def arn(account: str, name: str) -> str:
    """A role's ARN."""
    return f"arn:aws:iam::{account}:role/{name}"


def event(number: int, operation: str, members: Any, account: str, region: str = "us-west-2", **more: Any) -> Event:
    """An event of SageMaker; ``number`` gives it its time."""
    return {
        "eventVersion": "1.09",
        "userIdentity": {"type": "AssumedRole", "accountId": account},
        "eventTime": f"2026-11-{1 + number % 28:02}T{number % 24:02}:00:00Z",
        "eventSource": "sagemaker.amazonaws.com",
        "eventName": operation,
        "awsRegion": region,
        "requestParameters": members,
        "eventID": f"{number:08x}-12ab-34cd-56ef-1234567890cd",
        "eventType": "AwsApiCall",
        "recipientAccountId": account,
        **more,
    }


def model(number: int, account: str, region: str, role: str) -> Any:
    """The members of a CreateModel request, as CloudTrail writes them."""
    image = f"{account}.dkr.ecr.{region}.amazonaws.com/serve-{number}:1"
    container = {"image": image, "modelDataUrl": f"s3://amzn-s3-demo-bucket-{number}/model.tar.gz"}
    return {"modelName": f"model-{number}", "executionRoleArn": role, "primaryContainer": container}


def denied(account: str, role: str) -> str:
    """The message of a call whose caller may not pass a role."""
    return (
        f"User: arn:aws:sts::{account}:assumed-role/Developer/alice is not authorized to perform: iam:PassRole on "
        f"resource: {role} because no identity-based policy allows the iam:PassRole action"
    )


def events(seed: int = 7, count: int = 60) -> list[Event]:
    """Events of three accounts: served, failed, denied, without parameters, of other services, without a role."""
    choose = random.Random(seed)  # noqa: S311
    out = []
    for number in range(count):
        account, region = choose.choice(ACCOUNTS), choose.choice(REGIONS)
        role = arn(account, choose.choice(("Serving", "serving", "team/Serving")))
        members = model(choose.randrange(4), account, region, role)
        kind = choose.randrange(10)
        if kind < 5:
            out.append(event(number, "CreateModel", members, account, region))
        elif kind == 5:
            failure = {"errorCode": "ValidationException", "errorMessage": f"Could not access model data; {role}"}
            out.append(event(number, "CreateModel", members, account, region, **failure))
        elif kind == 6:
            failure = {"errorCode": "AccessDenied", "errorMessage": denied(account, role)}
            out.append(event(number, "CreateModel", None, account, region, **failure))
        elif kind == 7:
            omitted = {"omitted": True, "originalSize": 300000, "reason": "too large"}
            out.append(event(number, "CreateTrainingJob", omitted, account, region))
        elif kind == 8:
            config = {"endpointConfigName": f"config-{number}", "productionVariants": [{"modelName": "model-1"}]}
            out.append(event(number, "CreateEndpointConfig", config, account, region))
        else:
            text = '{"Statement": [{"Effect": "Allow\\"}'
            other = event(number, "PutRolePolicy", {"policyDocument": text}, account, region)
            out.append({**other, "eventSource": "iam.amazonaws.com"})
    return out


def compact(value: Any) -> bytes:
    """JSON as CloudTrail writes it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def log(several: list[Event]) -> bytes:
    """A log file, as CloudTrail writes it."""
    return compact({"Records": several})


def lake(several: list[Event]) -> bytes:
    """Results of a query of CloudTrail Lake, saved as CSV."""
    stream = io.StringIO(newline="")
    table = csv.writer(stream)
    table.writerow(["eventTime", "eventJson"])
    table.writerows([item["eventTime"], json.dumps(item)] for item in several)
    return stream.getvalue().encode()


def _lookup(several: list[Event]) -> bytes:
    listed = [{"EventId": item["eventID"], "CloudTrailEvent": json.dumps(item)} for item in several]
    return json.dumps({"Events": listed}, indent=2).encode()


def _rows(several: list[Event]) -> bytes:
    rows = [[{"eventTime": item["eventTime"]}, {"eventJson": json.dumps(item)}] for item in several]
    return json.dumps({"QueryStatus": "FINISHED", "QueryResultRows": rows}).encode()


def _bridge(several: list[Event]) -> bytes:
    wrapped = [{"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": item} for item in several]
    return b"".join(compact(item) + b"\n" for item in wrapped)


#: How a form's file is called, and what makes it of some events.
FORMS: dict[str, Any] = {
    "log.json.gz": lambda several: gzip.compress(log(several), mtime=0),
    "log.json": log,
    "joined.json.gz": lambda several: b"".join(gzip.compress(log([item]), mtime=0) for item in several),
    "indented.json": lambda several: json.dumps({"Records": several}, indent=2).encode(),
    "lookup.json": _lookup,
    "bridge.json": _bridge,
    "lake.csv": lake,
    "lake.json": _rows,
}


def trail_path(account: str, region: str, day: str, number: int) -> str:
    """Where an organization's trail puts a file; the day is ``YYYY/MM/DD``."""
    name = f"{account}_CloudTrail_{region}_{day.replace('/', '')}T0905Z_{number:016}.json.gz"
    return f"AWSLogs/o-exampleorgid/{account}/CloudTrail/{region}/{day}/{name}"


def write(folder: Path) -> None:
    """Writes the organization's logs, every form, with what else is in such a folder."""
    files: dict[str, bytes] = {}
    several = events()
    by_place: dict[tuple[str, str, str], list[Event]] = {}
    for item in several[:40]:
        day = item["eventTime"][:10].replace("-", "/")
        by_place.setdefault((item["recipientAccountId"], item["awsRegion"], day), []).append(item)
    for number, (place, some) in enumerate(sorted(by_place.items())):
        files[trail_path(*place, number)] = FORMS["log.json.gz"](some)
    for number, (name, form) in enumerate(FORMS.items()):
        files[f"other/{name}"] = form(several[40 + number :: len(FORMS)])
    top = f"AWSLogs/o-exampleorgid/{ACCOUNTS[0]}"
    digest = {"awsAccountId": ACCOUNTS[0], "digestStartTime": "2026-11-01T00:00:00Z", "logFiles": []}
    files[f"{top}/CloudTrail-Digest/eu-west-1/2026/11/01/digest.json.gz"] = gzip.compress(compact(digest), mtime=0)
    files["other/digest-by-another-name.json"] = compact(digest)
    insight = {"eventVersion": "1.09", "eventType": "AwsCloudTrailInsight", "eventCategory": "Insight"}
    insight["insightDetails"] = {"eventSource": "sagemaker.amazonaws.com", "eventName": "CreateModel"}
    files[f"{top}/CloudTrail-Insight/eu-west-1/2026/11/01/insight.json.gz"] = gzip.compress(log([insight]), mtime=0)
    files["other/insight-by-another-name.json"] = log([insight])
    files["other/none.json"] = b'{"Records":[]}'
    files["other/readme.txt"] = b"not a log"
    files["other/truncated.json.gz"] = FORMS["log.json.gz"](several)[:-20]
    files["other/cut.json"] = log(several)[:-40]
    files["other/empty.json"] = b""
    files["other/foreign.json"] = b'{"name": "an app"}'
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
