"""Split scripts of a shell into commands and their words, with values of variables where the script shows them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

#: What a shell puts a value in place of: a command, or a variable.
_HELD = r"\$\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|`[^`\n]*`|\$\{\w+[^{}\n]*\}|\$\w+"

#: What a shell reads, part by part.
_PART = re.compile(
    r"(?P<space>(?:[ \t]|[\\`]\r?\n)+)|(?P<comment>(?<![^\s;|&])#[^\n]*)|(?P<end>[\r\n;|&()<>]+)"
    r"|'(?P<single>[^']*)'|\"(?P<double>(?:[^\"\\]|\\.)*)\""
    rf"|(?P<value>{_HELD})|\\(?P<escaped>.)|(?P<text>[^\s;|&()<>'\"`$\\]+|.)",
    re.DOTALL,
)
_VALUE = re.compile(rf"\\([$`\"\\])|({_HELD})")
_ASSIGNED = re.compile(r"([A-Za-z_]\w*)\+?=(.*)", re.DOTALL)
#: A document in a script: what its line holds, the word that ends it, and the lines up to there.
_DOCUMENT = re.compile(
    r"^(?P<line>[^\n#]*?<<-?[ \t]*(?P<quote>['\"\\]?)(?P<word>\w+)['\"]?[^\n]*)\n"
    r"(?P<body>(?:.*\n)*?)(?P<close>[ \t]*(?P=word)[ \t]*)$",
    re.MULTILINE,
)
_FILE = re.compile(r"(?:>>?|\btee\s)\s*['\"]?([^\s'\"<>|;&]+)")
#: Words before a command that change nothing of it.
_BEFORE = frozenset(
    {"$", "!", "{", "}", "if", "then", "else", "elif", "do", "while", "until", "time", "exec", "sudo", "nohup"}
    | {"command", "export", "local", "declare", "readonly"}
)
#: Commands that run the document that they are given.
_RUNS = re.compile(r"^\s*(?:sudo\s+)?(?:\S*/)?(?:bash|sh|zsh|ssh)\b")
#: How deep commands are in the values of others at most.
_DEEP = 8


class Shell:
    """A script of a shell.

    Args:
        text: the script.
        unknown: gives what stands for a variable or command of which the script does not show the value: it is given
            a name for it, and what the script says.

    Attributes:
        values: the variables that the script gives a value.
        files: the files that it writes out of documents in it.
    """

    def __init__(self, text: str, unknown: Callable[[str, str], str]) -> None:
        self.values: dict[str, str] = {}
        self.files: dict[str, str] = {}
        self._unknown = unknown
        self._documents: list[tuple[str, str, bool]] = []
        self.text = _DOCUMENT.sub(self._without_document, text)

    def _without_document(self, found: re.Match[str]) -> str:
        """A script's lines without a document, which is no command; its lines stay."""
        if _RUNS.match(found["line"]):
            return found[0]
        if file := _FILE.search(found["line"].replace("<<", "  ")):
            self._documents.append((file[1], found["body"], not found["quote"]))
        return f"{found['line']}\n" + "\n" * found["body"].count("\n")

    def file(self, name: str) -> str | None:
        """What a file holds that the script writes; None if it writes none of this name."""
        for path, body, is_open in self._documents:
            if path.removeprefix("./") == name.removeprefix("./"):
                return self._put(body) if is_open else body
        return None

    def commands(self) -> Iterator[tuple[int, list[str]]]:
        """The words of each command, and where it begins; those in the values of others come first."""
        for start, words in self._commands(self.text, 0, 0):
            while words and (words[0] in _BEFORE or _ASSIGNED.fullmatch(words[0])):
                if assigned := _ASSIGNED.fullmatch(words.pop(0)):
                    self.values[assigned[1]] = assigned[2]
            if words:
                yield start, words

    def _commands(self, script: str, base: int, depth: int) -> Iterator[tuple[int, list[str]]]:
        words: list[str] = []
        word: str | None = None
        start = 0
        for part in _PART.finditer(script):
            kind = part.lastgroup or ""
            if kind in ("space", "comment", "end"):
                words += [word] if word is not None else []
                word = None
                if kind != "space" and words:
                    yield base + start, words
                    words = []
                continue
            if word is None and not words:
                start = part.start()
            text = part[kind]
            if depth < _DEEP and kind in ("double", "value"):
                for inner in re.finditer(_HELD, part[0]):
                    if inner[0].startswith(("$(", "`")) and not inner[0].startswith("$(("):
                        skipped = 1 if inner[0].startswith("`") else 2
                        at = base + part.start() + inner.start() + skipped
                        yield from self._commands(inner[0][skipped:-1], at, depth + 1)
            if kind == "double":
                text = self._put(text.replace("\\\n", ""))
            word = (word or "") + (self._given(text) if kind == "value" else text)
        words += [word] if word is not None else []
        if words:
            yield base + start, words

    def _put(self, text: str) -> str:
        return _VALUE.sub(lambda one: one[1] or self._given(one[2]), text)

    def _given(self, text: str) -> str:
        """What a variable or command stands for: its value, if the script has it, else a part that is not known yet."""
        name = text.strip("${}`()").partition(":")[0]
        if name in self.values:
            return self.values[name]
        words: Sequence[str] = re.findall(r"\w+", name)
        return self._unknown("-".join(words[-3:]).replace("_", "-").lower(), text)
