"""A moto server on the loopback interface, which stands in for AWS, and clients of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError


@contextmanager
def running() -> Iterator[str]:
    """A moto server of its own on the loopback interface, by its address; ended by its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environment = {**os.environ, "MOTO_ACCOUNT_ID": "111122223333"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            assert process.poll() is None, "moto's server ended at once"
            try:
                client("sts", url).get_caller_identity()
                break
            except (BotoCoreError, ClientError):
                time.sleep(0.1)
        else:
            raise AssertionError("moto's server does not answer")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


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
