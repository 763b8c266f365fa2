"""Fetches what `drift` compares with; nothing else of the package but `account` opens a connection."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

#: Between two requests, in seconds; for one of them; and how much of an answer is read, in bytes.
_INTERVAL, _TIMEOUT, _MOST = 1.0, 20.0, 8 << 20


class UnreadError(Exception):
    """Raised when an address gives no text that can be compared; its text says why."""


class GoneError(UnreadError):
    """Raised when there is nothing at an address any more."""


@dataclass(eq=False)
class Fetcher:
    """Reads addresses, one after the other, never faster than one an interval.

    Attributes:
        hosts: host to the address that is asked in its place, as a mirror or a test has it.
        interval: seconds between two requests.
        timeout: seconds for a whole answer.
    """

    hosts: Mapping[str, str] = field(default_factory=dict)
    interval: float = _INTERVAL
    timeout: float = _TIMEOUT
    _next: float = 0.0

    def text(self, url: str, kind: str) -> str:
        """The text at an address.

        Args:
            url: an address that begins with https://.
            kind: what its media type must contain, as ``html``.

        Raises:
            GoneError: there is none, or the address leads to another page.
            UnreadError: it cannot be read, takes too long, or is not of that kind.
        """
        parts = urlsplit(url)
        asked = self.hosts.get(parts.netloc, f"{parts.scheme}://{parts.netloc}") + parts.path
        time.sleep(max(0.0, self._next - time.monotonic()))
        started = time.monotonic()
        self._next = started + self.interval
        request = urllib.request.Request(asked, headers={"User-Agent": "sagemaker-roles drift"})  # noqa: S310 - https, or what --host names
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310
                if urlsplit(answer.url).path != parts.path:
                    raise GoneError(f"leads to {answer.url}")
                found = answer.headers.get_content_type()
                if kind not in found:
                    raise UnreadError(f"is {found}, not {kind}")
                content = bytearray()
                while part := answer.read1(1 << 16):
                    content += part
                    if len(content) > _MOST:
                        raise UnreadError(f"is larger than {_MOST >> 20} MiB")
                    if time.monotonic() - started > self.timeout:
                        raise UnreadError(f"took more than {self.timeout:g} seconds")
        except urllib.error.HTTPError as error:
            error.close()
            raise (GoneError if error.code in (404, 410) else UnreadError)(f"HTTP {error.code}") from None
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "reason", error)
            what = f"took more than {self.timeout:g} seconds" if isinstance(reason, TimeoutError) else str(reason)
            raise UnreadError(what or type(error).__name__) from None
        return content.decode("utf-8", "replace")
