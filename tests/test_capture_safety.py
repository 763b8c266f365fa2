"""What code sends after, beside and below a captured run: it is captured or named, and reaches nobody."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest

from sagemaker_roles import capture
from sagemaker_roles.extras.capture import call_log
from sagemaker_roles.extras.capture.hooks import StillRunning, _active
from sagemaker_roles.extras.capture.offline import Offline
from sagemaker_roles.extras.capture.process_tree import _is_python
from sagemaker_roles.extras.capture.scripts import run as run_script
from support import run
from test_capture import REGION, training

CREATE = f"""
import boto3, multiprocessing as m, os, subprocess, sys, time
def create(name):
    boto3.client("sagemaker").create_training_job(**{{**{training()!r}, "TrainingJobName": name}})
"""


class Listener:
    """Servers on loopback for TCP and UDP, and what reached them."""

    def __init__(self) -> None:
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.tcp.getsockname()[1]}"

    def was_reached(self) -> bool:
        return bool(select.select([self.tcp, self.udp], [], [], 0)[0])


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Listener]:
    """A listener in the place of AWS for a user with credentials, whom nothing may reach."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    one = Listener()
    (tmp_path / "aws").write_text("[default]\n[profile prod]\nregion = eu-west-1\n")
    for name, value in {
        "AWS_CONFIG_FILE": str(tmp_path / "aws"),
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "of-a-user",
        "AWS_ENDPOINT_URL": one.url,
    }.items():
        monkeypatch.setenv(name, value)
    yield one
    assert not one.was_reached()
    one.tcp.close()
    one.udp.close()


@pytest.fixture
def without_namespace(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that gives no network namespace: what refuses is the patches alone."""
    monkeypatch.setattr("sagemaker_roles.extras.capture.scripts.isolating", lambda: None)


def captured_names(folder: Path, body: str) -> tuple[list[str], list[str]]:
    """The jobs that a script creates, and the problems that are named."""
    (folder / "work.py").write_text(CREATE + body)
    captured = run_script(str(folder / "work.py"), region=REGION)
    names = sorted(one["TrainingJobName"] for one in captured.requests("CreateTrainingJob"))
    return names, [one.message for one in captured.notices if one.kind == "problem"]


MAIN = "\nif __name__ == '__main__':\n"
CHILD = "import sys; sys.path.insert(0, {folder!r}); import work; work.create({way!r})"

#: Ways in which work is done after, beside or below the script itself.
WAYS = {
    "pool": "from concurrent.futures import ThreadPoolExecutor; ThreadPoolExecutor().submit(create, {way!r})",
    "thread": "import threading; threading.Thread(target=lambda: (time.sleep(0.5), create({way!r}))).start()",
    "atexit": "import atexit; atexit.register(create, {way!r})",
    "subprocess": "subprocess.run([sys.executable, '-c', {child!r}], check=True)",
    "environment": "subprocess.run([sys.executable, '-c', {child!r}], check=True, env={{}})",
    "shell": "import shlex; os.system(shlex.join([sys.executable, '-c', {child!r}]))",
    "outlives": "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(0.5);' + {child!r}])",
    "exec": "os.fork() and os.wait() or os.execv(sys.executable, ['python', '-c', {child!r}])",
    "posix_spawn": "os.waitpid(os.posix_spawn(sys.executable, ['python', '-c', {child!r}], os.environ), 0)",
    "fork": "os.fork() and os.wait() or (create({way!r}), os._exit(0))",
    "fork of a pool": "m.get_context('fork').Pool(1).map(create, [{way!r}])",
    "spawn of a pool": "m.get_context('spawn').Pool(1).map(create, [{way!r}])",
    "forkserver": "p = m.get_context('forkserver').Process(target=create, args=[{way!r}]); p.start(); p.join()",
    "pool of processes": "from concurrent.futures import ProcessPoolExecutor; "
    "ProcessPoolExecutor(1).submit(create, {way!r}).result()",
}


def test_work_elsewhere_is_captured(tmp_path: Path, listener: Listener, without_namespace: None) -> None:
    lines = [
        f"    {code.format(way=way, child=CHILD.format(folder=str(tmp_path), way=way))}\n" for way, code in WAYS.items()
    ]
    assert captured_names(tmp_path, f"{MAIN}    create('own')\n{''.join(lines)}") == (sorted([*WAYS, "own"]), [])


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("os._exit(0)", "os._exit"),
        ("import posix; posix._exit(0)", "os._exit"),
        ("import threading; threading.Thread(target=create, args=['lost']).start(); os._exit(0)", "os._exit"),
        ("subprocess.run([sys.executable, '-I', '-c', 'pass'])", "-I -c pass"),
        ("subprocess.run(['env', '-i', sys.executable, '-c', 'pass'])", "env -i"),
        ("subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(3)'])", "still runs"),
        ("os.fork() or time.sleep(3)", "still runs"),
        ("os.execv('/bin/true', ['true'])", "os._exit"),
    ],
)
def test_what_is_lost_is_named(
    body: str, told: str, tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_log, "PATIENCE", 1.0)
    names, problems = captured_names(tmp_path, f"{MAIN}    create('own')\n    {body}\n")
    assert names == ["own"]
    assert told in " ".join(problems)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["python3.12", "-I"], True),
        ([sys.executable], True),
        (["env", "-i", "/a b/python3", "-c", "pass"], True),
        (["sh", "-c", "cd /; '/a b/python3' -c pass"], True),
        (["sh", "-c", "echo 'open; true"], False),
        (["env", "-i", "python"], True),
        (["sh", "-c", "cd /; /usr/bin/python3 -I x.py"], True),
        (["sh", "-c", "sleep 1 && env -i python"], True),
        (["git", "commit", "-m", "use python"], False),
        (["sh", "-c", "which python"], False),
        ([], False),
    ],
)
def test_commands_that_run_python(command: list[str], expected: bool) -> None:
    assert _is_python(command) is expected


def test_what_is_lost_fails_the_command(tmp_path: Path, listener: Listener) -> None:
    (tmp_path / "work.py").write_text(CREATE + "create('own')\nos._exit(0)")
    done = run("compose", "--run", str(tmp_path / "work.py"), "--region", REGION)
    assert (done.returncode, "os._exit" in done.stderr) == (1, True), done.stderr


#: What reaches a listener or looks up a name, by itself; each is refused.
SENDS = {
    "TCP": "socket.create_connection(('127.0.0.1', {tcp}))",
    "TCP, by number": "socket.socket().connect_ex(('192.0.2.1', 80))",
    "TCP of C": "_socket.socket().connect(('127.0.0.1', {tcp}))",
    "UDP": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'a', ('127.0.0.1', {udp}))",
    "UDP, elsewhere": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'a', ('192.0.2.1', 53))",
    "message": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b'a'], [], 0, ('127.0.0.1', {udp}))",
    "name": "socket.gethostbyname('example.com')",
    "names": "socket.gethostbyname_ex('example.com')",
    "address": "socket.gethostbyaddr('192.0.2.1')",
    "info": "socket.getaddrinfo('example.com', 80)",
    "name of an address": "socket.getnameinfo(('192.0.2.1', 80), 0)",
    "asyncio": "asyncio.run(asyncio.open_connection('127.0.0.1', {tcp}))",
    "asyncio, by name": "asyncio.run(asyncio.open_connection('example.com', 80))",
    "proxy": "urllib.request.build_opener(urllib.request.ProxyHandler({{'http': '{url}'}})).open('http://example.com')",
    "docker": "socket.socket(socket.AF_UNIX).connect('/var/run/docker.sock')",
}


@pytest.mark.parametrize("what", SENDS)
def test_sockets_are_refused(what: str, listener: Listener) -> None:
    code = SENDS[what].format(tcp=listener.tcp.getsockname()[1], udp=listener.udp.getsockname()[1], url=listener.url)
    scope = {"socket": socket, "asyncio": asyncio, "urllib": urllib, "_socket": __import__("_socket")}
    # In a thread of its own: a browser's tests in the same process leave an event loop running in the main one.
    with capture(region=REGION), ThreadPoolExecutor(1) as pool, pytest.raises(OSError, match="not connected"):
        pool.submit(eval, code, scope).result()


def test_a_proxy_of_the_environment_is_not_asked(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", listener.url)
    with capture(region=REGION), pytest.raises(OSError, match=r"example\.com: not connected"):
        urllib.request.urlopen("http://example.com")


def test_servers_of_the_block_are_reached_also_from_below() -> None:
    ask = "import socket; socket.create_connection(('127.0.0.1', {}))"
    with capture(region=REGION), socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            pass
        subprocess.run([sys.executable, "-c", ask.format(port)], check=True)


def is_able_to_isolate() -> bool:
    return subprocess.run(["unshare", "-Urn", "true"], check=False, capture_output=True).returncode == 0


def test_a_namespace_holds_what_escapes_the_patches(tmp_path: Path, listener: Listener) -> None:
    port = listener.tcp.getsockname()[1]
    ask = f"import socket; socket.create_connection(('127.0.0.1', {port}))"
    body = f"subprocess.run(['env', '-i', sys.executable, '-c', {ask!r}])"
    (tmp_path / "work.py").write_text(CREATE + body)
    if is_able_to_isolate():
        run_script(str(tmp_path / "work.py"), region=REGION)
    assert not listener.was_reached()


def test_no_process_gives_credentials(tmp_path: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    told = f"credential_process = touch {tmp_path / 'ran'}"
    (tmp_path / "aws").write_text(f"[default]\n{told}\n[profile prod]\nregion = eu-west-1\n{told}\n")
    old = boto3.Session(profile_name="prod")
    with capture() as captured:
        for session in (old, boto3.Session(profile_name="prod")):
            session.client("sagemaker").create_training_job(**training())
            assert session.get_credentials().access_key == "captured"
    assert {call.region for call in captured.calls} == {"eu-west-1"}
    names, problems = captured_names(
        tmp_path,
        "boto3.setup_default_session(profile_name='prod')\ncreate('own')\n"
        "assert 'of-a-user' not in str(os.environ) and 'AWS_ENDPOINT_URL' not in os.environ\n"
        "subprocess.run(['sh', '-c', '! env | grep of-a-user'], check=True)\n",
    )
    assert (names, problems, (tmp_path / "ran").exists()) == (["own"], [], False)


def test_nothing_gets_between_the_document(tmp_path: Path, listener: Listener) -> None:
    body = "create('own')\nos.write(1, b'of the script')\nos.system('echo of the shell')\nsys.__stdout__.write('said')"
    (tmp_path / "work.py").write_text(CREATE + body)
    done = run("compose", "--run", str(tmp_path / "work.py"), "--region", REGION)
    assert done.returncode == 0, done.stderr
    json.loads(done.stdout)
    for text in ("of the script", "of the shell", "said", "note: capture: programs that are not Python"):
        assert text in done.stderr


def test_a_patch_is_found_though_the_script_goes_elsewhere(tmp_path: Path, listener: Listener) -> None:
    (tmp_path / "work.py").write_text(CREATE + "create('own')\nos.chdir('/')")
    (tmp_path / "patch.json").write_text("[]")
    done = run("compose", "--run", "work.py", "--region", REGION, "--patch", "patch.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_what_processes_upload_and_are_told_counts(tmp_path: Path, listener: Listener) -> None:
    body = f"""
def work(_):
    account = boto3.client("sts").get_caller_identity()["Account"]
    found = boto3.client("sagemaker").describe_training_job(TrainingJobName="other")["ModelArtifacts"]
    boto3.client("s3").put_object(Bucket="amzn-s3-demo-bucket", Key="m", Body=b'[{{"prefix": "s3://amzn-s3-demo-data/"}}]')
    where = {{"S3DataType": "ManifestFile", "S3Uri": "s3://amzn-s3-demo-bucket/m"}}
    job = {{**{training()!r}, "OutputDataConfig": {{"S3OutputPath": found["S3ModelArtifacts"]}}}}
    job["InputDataConfig"] = [{{"ChannelName": "train", "DataSource": {{"S3DataSource": where}}}}]
    boto3.client("sagemaker").create_training_job(**job)
if __name__ == "__main__":
    import multiprocessing
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        pool.map(work, [1])
"""
    (tmp_path / "work.py").write_text(CREATE + body)
    captured = run_script(str(tmp_path / "work.py"), region=REGION)
    assert captured.manifests() == ["s3://amzn-s3-demo-data/"]
    (role,) = captured.compose().roles
    assert "standin" not in json.dumps(role.composition.policy.to_json())
    assert "ModelArtifactsS3ModelArtifactsBucket" in role.composition.placeholders


# --- the context manager ----------------------------------------------------------------------------------------------


def create(name: str) -> None:
    boto3.client("sagemaker").create_training_job(**training(name))


def test_a_block_ends_with_its_threads(listener: Listener) -> None:
    def late() -> None:
        time.sleep(0.5)
        create("late")

    with capture(region=REGION) as captured:
        threading.Thread(target=late).start()
    assert [one["TrainingJobName"] for one in captured.requests()] == ["late"]


def test_a_block_covers_threads_that_do_not_end(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call_log, "PATIENCE", 0.3)
    go = threading.Event()
    answers: list[Any] = []

    def late() -> None:
        go.wait()
        create("late")
        with contextlib.suppress(Offline):
            socket.create_connection(listener.tcp.getsockname())
        answers.append(1)

    thread = threading.Thread(target=late, name="sleeper", daemon=True)
    with pytest.raises(StillRunning, match="thread sleeper"), capture(region=REGION) as captured:
        thread.start()
    go.set()
    thread.join()
    assert answers == [1]
    assert [call.operation for call in captured.calls] == ["CreateTrainingJob"]
    until = time.monotonic() + 10
    while _active and time.monotonic() < until:
        time.sleep(0.05)
    assert os.environ["AWS_ACCESS_KEY_ID"] != "captured"
    with capture():
        pass


def test_a_block_waits_for_a_pool_that_is_older(listener: Listener) -> None:
    def late() -> None:
        time.sleep(0.5)
        create("late")

    with ThreadPoolExecutor(1) as pool:
        pool.submit(len, "").result()
        with capture(region=REGION) as captured:
            pool.submit(late)
    assert len(captured.calls) == 1


@pytest.mark.parametrize("way", ["fork", "spawn", "forkserver"])
def test_a_block_ends_though_helpers_of_multiprocessing_live(way: str, tmp_path: Path, listener: Listener) -> None:
    body = f"""
if __name__ == "__main__":
    from sagemaker_roles import capture
    with capture(region={REGION!r}) as captured:
        process = m.get_context({way!r}).Process(target=create, args=["child"])
        process.start()
        if {way!r} == "fork":
            process.join()
    print(*[one["TrainingJobName"] for one in captured.requests()])
"""
    (tmp_path / "work.py").write_text(CREATE + body)
    done = subprocess.run([sys.executable, tmp_path / "work.py"], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("child\n", 0), done.stderr


def test_a_block_covers_processes(tmp_path: Path, listener: Listener) -> None:
    (tmp_path / "child.py").write_text(CREATE + "create('child')")
    with capture(region=REGION) as captured:
        create("own")
        subprocess.run([sys.executable, tmp_path / "child.py"], check=True)
        if (child := os.fork()) == 0:
            create("fork")
            os._exit(0)
        os.waitpid(child, 0)
        subprocess.run([sys.executable, "-I", "-c", "pass"], check=True)
    assert [one["TrainingJobName"] for one in captured.requests()] == ["own", "child", "fork"]
    (problem,) = captured.notices
    assert (problem.kind, "-I -c pass" in problem.message) == ("problem", True)
