"""Gather the files of Terraform configuration in a folder, and of the local modules that it calls, into one input."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import InputError, Position

#: The member of an input that holds the files of a configuration.
MEMBER = "terraform_configuration"

#: How the names of files with configuration end, and of those with values for variables.
SUFFIXES = (".tf", ".tf.json")
VALUES = (".tfvars", ".tfvars.json")

#: How many files with configuration there can be, how many characters they and what they read have, how many folders
#: are looked through, and how deep.
MAX_FILES, MAX_CHARACTERS, MAX_FOLDERS, MAX_LEVELS = 1000, 8 << 20, 20_000, 12
_MAX_FILE = 1 << 20

#: The folders of local modules, and the ends of names of files that expressions name.
_SOURCE = re.compile(r'"?source"?\s*[=:]\s*"(\.\.?/[^"$]*|\.\.?)"')
_NAMED_FILE = re.compile(r'(?:/|")[^"\s/]*?(\.[A-Za-z0-9_]{1,16})"')

#: What a text of configuration begins with, after comments.
_TEXT = re.compile(
    r"(?:\s|(?:#|//)[^\n]*\n|/\*.*?\*/)*"
    r"(?:resource|variable|module|provider|terraform|data|locals|output|import|moved|check|removed)\b"
    r"[ \t]*(?:\"[^\"\n]*\"[ \t]*)*\{",
    re.DOTALL,
)


def is_configuration(name: str, text: str) -> bool:
    """Whether a text is Terraform configuration, by its name or its beginning."""
    return name.endswith(".tf") or _TEXT.match(text[:20_000]) is not None


def of_text(name: str, text: str) -> Mapping[str, Any]:
    """The input that holds one text of configuration."""
    file = os.path.basename(name) if name.endswith(SUFFIXES) else "main.tf"
    return {MEMBER: {"files": {file: text}, "unread": []}}


def of_folder(folder: str) -> tuple[bytes, set[str]] | None:
    """The configuration in a folder as one input, and the paths of its files; None if there is none.

    Raises:
        InputError: there is too much of it.
    """
    files = _Files(folder)
    for path in files.walk(""):
        if path.endswith(SUFFIXES):
            files.read(path)
    if not files.texts and not files.unread:
        return None
    files.modules()
    files.others()
    content = {"files": files.texts, "unread": files.unread}
    paths = {os.path.normpath(os.path.join(folder, path)) for path in files.texts}
    return json.dumps({MEMBER: content}).encode("ascii"), paths


class _Files:
    """The files of one configuration, by their paths from its folder."""

    def __init__(self, folder: str) -> None:
        self.folder, self.real = folder, os.path.realpath(folder)
        self.texts: dict[str, str] = {}
        self.unread: list[tuple[str, str]] = []
        self._left, self._folders = MAX_CHARACTERS, 0
        #: The folders that are read, each with those below it.
        self._roots = [self.real]

    def _refuse(self, message: str) -> InputError:
        return InputError(f"{message}; give the folder of one configuration", Position(self.folder, 0, 0))

    def walk(self, below: str, levels: int = MAX_LEVELS) -> Iterator[str]:
        """The paths of the files in a folder and some levels below; hidden folders and links are passed over."""
        begin = os.path.normpath(os.path.join(self.folder, below))
        for path, folders, names in os.walk(begin):
            self._folders += 1
            if self._folders > MAX_FOLDERS:
                raise self._refuse(f"more than {MAX_FOLDERS:,} folders")
            level = 0 if path == begin else os.path.relpath(path, begin).count(os.sep) + 1
            deep = level >= levels
            folders[:] = [] if deep else sorted(one for one in folders if not one.startswith((".", "node_modules")))
            for name in sorted(names):
                yield os.path.relpath(os.path.join(path, name), self.folder).replace(os.sep, "/")

    def read(self, path: str) -> None:
        """Read a file, unless it is a link that leads out of the folder, or no text."""
        if path in self.texts or any(path == one for one, _ in self.unread):
            return
        full = os.path.join(self.folder, path)
        real = os.path.realpath(full)
        is_code = path.endswith((*SUFFIXES, *VALUES))
        if not any(real.startswith(root.rstrip(os.sep) + os.sep) for root in self._roots):
            self._pass_over(path, is_code, "it is a link that leads out of the folder")
            return
        try:
            if not os.path.isfile(full):
                return
            with open(full, "rb") as handle:
                raw = handle.read(_MAX_FILE + 1)
            text = raw.decode("utf-8-sig")
        except (OSError, ValueError) as error:
            reason = "not UTF-8 text" if isinstance(error, ValueError) else "cannot be read"
            self._pass_over(path, is_code, reason)
            return
        if len(raw) > _MAX_FILE:
            self._pass_over(path, is_code, f"larger than {_MAX_FILE >> 20} MiB")
            return
        self._left -= len(text)
        self.texts[path] = text
        if self._left < 0:
            raise self._refuse(f"more than {MAX_CHARACTERS >> 20} million characters")
        if sum(name.endswith(SUFFIXES) for name in self.texts) > MAX_FILES:
            raise self._refuse(f"more than {MAX_FILES:,} files of configuration")

    def _pass_over(self, path: str, is_code: bool, reason: str) -> None:
        if is_code:
            self.unread.append((path, reason))

    def modules(self) -> None:
        """Read the local modules that are called and are outside of the folder."""
        left = [*self.texts]
        while left:
            path = left.pop()
            for source in _SOURCE.findall(self.texts[path]) if path.endswith(SUFFIXES) else ():
                module = os.path.normpath(os.path.join(os.path.dirname(path), source)).replace(os.sep, "/")
                full = os.path.normpath(os.path.join(self.real, module))
                is_inside = full.startswith(self.real.rstrip(os.sep) + os.sep)
                # A link in the path could lead anywhere.
                if is_inside or full in self._roots or os.path.realpath(full) != full or not os.path.isdir(full):
                    continue
                self._roots.append(full)
                before = {*self.texts}
                for one in self.walk(module, 0):
                    if one.endswith(SUFFIXES):
                        self.read(one)
                left += [one for one in self.texts if one not in before]

    def others(self) -> None:
        """Read values of variables, and files whose names end as expressions name files."""
        ends = {end for text in self.texts.values() for end in _NAMED_FILE.findall(text)} - {".zip", ".gz", ".tar"}
        reads = any("file" in text for text in self.texts.values())
        for root in [*self._roots]:
            # A module beside the folder may have a whole repository below it.
            levels = MAX_LEVELS if root == self.real else 1
            for path in self.walk(os.path.relpath(root, self.real), levels):
                if path.endswith(VALUES) or (reads and os.path.splitext(path)[1] in ends):
                    self.read(path)
