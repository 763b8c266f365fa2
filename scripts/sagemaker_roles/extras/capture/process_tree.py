"""Makes a process, and those that it starts, captured and offline: environment, sockets, and how it starts others."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from .call_log import Ledger
from .offline import offline

#: Where processes find the folder of the run, and what tells them apart.
FOLDER, TOKEN = "SAGEMAKER_ROLES_CAPTURE", "SAGEMAKER_ROLES_CAPTURE_TOKEN"

#: The token of the process that runs a script.
MAIN = "main"

#: What this process knows of itself: the token it was given. A fork has none.
own: dict[str, str] = {}

_BOOT = str(Path(__file__).parent / "boot")
_KEPT = {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_DATA_PATH"}
_PROXIES = {"http_proxy", "https_proxy", "all_proxy", "ftp_proxy", "ws_proxy", "wss_proxy"}
_PYTHON = re.compile(r"(?:python|pypy)[0-9.]*[a-z]?(?:\.exe)?")

_CARRIERS = {"env", "sh", "bash", "dash", "zsh", "nice", "nohup", "setsid", "sudo", "timeout"}


def environment(base: Mapping[Any, Any], folder: Path, region: str = "") -> dict[str, str]:
    """An environment without credentials, configuration of AWS, and proxies, in which Python is captured.

    Args:
        base: the environment that a process would have.
        region: the Region for clients without one; "" for the one in the environment.
    """
    named = {os.fsdecode(name): os.fsdecode(value) for name, value in base.items()}
    kept = {
        name: value
        for name, value in named.items()
        if (name in _KEPT or not name.upper().startswith("AWS_")) and name.lower() not in _PROXIES
    }
    path = [one for one in kept.get("PYTHONPATH", "").split(os.pathsep) if one != _BOOT] if "PYTHONPATH" in kept else []
    kept |= {
        FOLDER: str(folder),
        "PYTHONPATH": os.pathsep.join([_BOOT, *path]),
        "AWS_ACCESS_KEY_ID": "captured",
        "AWS_SECRET_ACCESS_KEY": "captured",
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return kept | ({"AWS_REGION": region, "AWS_DEFAULT_REGION": region} if region else {})


def write_profiles(folder: Path, region: str) -> None:
    """Writes a configuration with the names and the Regions of the user's profiles, and nothing else of them.

    Args:
        region: the Region of all of them; "" for their own.
    """
    import botocore.exceptions
    import botocore.session

    profiles: dict[str, Any] = {"default": {}}
    with suppress(botocore.exceptions.BotoCoreError):  # a configuration that cannot be read has no profiles
        profiles |= botocore.session.Session().full_config.get("profiles", {})
    lines: list[str] = []
    for name, values in profiles.items():
        lines.append(f"[profile {shlex.quote(name)}]")
        if re.fullmatch("[a-z0-9-]+", known := region or str(values.get("region", ""))):
            lines.append(f"region = {known}")
    (folder / "config").write_text("\n".join(lines), "utf-8")


@contextmanager
def covered(ledger: Ledger, region: str = "") -> Iterator[None]:
    """Makes this process, and those that it starts meanwhile, captured and offline."""
    before = dict(os.environ)
    wanted = environment(before, ledger.folder, region)
    with ExitStack() as stack:
        stack.callback(_restore, before, wanted)
        _restore(wanted, before)
        stack.enter_context(offline(ledger))
        for owner, name, value in _starts(ledger):
            stack.enter_context(patched(owner, name, value))
        yield


@contextmanager
def patched(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Replaces an attribute."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _restore(wanted: Mapping[str, str], seen: Mapping[str, str]) -> None:
    """Changes the environment to what is wanted, as far as the two differ."""
    for name in {*wanted, *seen}:
        if name not in wanted:
            os.environ.pop(name, None)
        elif wanted[name] != seen.get(name):
            os.environ[name] = wanted[name]


# --- processes that begin others --------------------------------------------------------------------------------------


def _starts(ledger: Ledger) -> Iterator[tuple[Any, str, Any]]:
    """Functions in place of those that start a program: the environment of capturing comes with each."""
    begin, execute = subprocess.Popen.__init__, os.execve

    def environment_for(given: Any, token: str) -> dict[str, str]:
        return environment(os.environ if given is None else given, ledger.folder) | {TOKEN: token}

    def started(command: Any, token: str, child: int) -> None:
        is_text = isinstance(command, (str, bytes, os.PathLike))
        words = ["sh", "-c", os.fsdecode(command)] if is_text else [os.fsdecode(one) for one in command]
        text = " ".join(words[2 * is_text :])[:200]
        ledger.add(started=token, child=child, command=text, program=words[:1], python=_is_python(words))

    def popen(self: Any, args: Any, *rest: Any, **options: Any) -> None:
        token, at = uuid.uuid4().hex, 9  # where env is in the row
        if len(rest) > at:
            rest = (*rest[:at], environment_for(rest[at], token), *rest[at + 1 :])
        else:
            options["env"] = environment_for(options.get("env"), token)
        begin(self, args, *rest, **options)
        started(args, token, self.pid)

    def run_shell(command: Any) -> int:
        code = subprocess.call(command, shell=True)  # noqa: S602 -- as the script asks
        return code if os.name == "nt" else code << 8 if code >= 0 else -code

    def replace(path: Any, args: Any, env: Any = None) -> None:
        token = own.get("token") or uuid.uuid4().hex
        if isinstance(path, int) or Path(os.fsdecode(path)).exists():  # a search along PATH tries one after the other
            started(args, token, os.getpid())
        execute(path, args, environment_for(env, token))

    def spawning(spawn: Any) -> Any:
        def begin_other(path: Any, argv: Any, env: Any, **options: Any) -> int:
            token = env.get(TOKEN) or uuid.uuid4().hex
            child: int = spawn(path, argv, environment_for(env, token), **options)
            if TOKEN not in env:  # else Popen tells of it
                started(argv, token, child)
            return child

        return begin_other

    yield subprocess.Popen, "__init__", popen
    yield os, "system", run_shell
    yield os, "execve", replace
    yield os, "execv", replace
    for name in ("posix_spawn", "posix_spawnp"):
        if hasattr(os, name):
            yield os, name, spawning(getattr(os, name))


def _shell_words(text: str) -> list[str]:
    """Split a command as a shell does; where a quotation is open, at white space."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _is_python(words: list[str]) -> bool:
    """Whether a command runs Python, also below a shell or another program that runs its arguments."""
    if words and Path(words[0]).name in _CARRIERS:
        parts = (part for word in words[1:] for part in re.split("[;&|()]+", word))
        return any(_is_python([word]) for word in words[1:]) or any(_is_python(_shell_words(part)) for part in parts)
    return bool(words) and (words[0] == sys.executable or _PYTHON.fullmatch(Path(words[0]).name) is not None)
