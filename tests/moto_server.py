"""A moto server on the loopback interface, which stands in for AWS, and clients of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

import boto3
from botocore.config import Config

#: Read once, when moto is loaded.
os.environ["MOTO_ACCOUNT_ID"] = "111122223333"


@contextmanager
def running() -> Iterator[str]:
    """A moto server of its own on the loopback interface, by its address."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


def client(service: str, url: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-west-2",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",  # noqa: S106 - moto takes any
        config=Config(retries={"max_attempts": 0}, proxies={}),
    )


def reset(url: str) -> None:
    """Empties the account that a server stands in for."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 200
    connection.close()
