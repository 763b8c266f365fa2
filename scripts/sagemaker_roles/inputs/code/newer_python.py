"""Parse Python, also with the f-strings of Python 3.12 and later on an older Python."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence

#: What opens a text, a word or number, and what closes each bracket.
_OPENING = re.compile(r"([rRbBuUfF]{0,2})('''|\"\"\"|'|\")")
_WORD = re.compile(r"\w+|[^\S\n]+")
_CLOSINGS = {"(": ")", "[": "]", "{": "}"}
#: Where the expression of a field ends: its bracket, its format, a conversion, or the sign of debugging.
_FIELD_END = re.compile(r"\}|:|![rsa](?=[:}])|=(?=\s*(?:[:}]|![rsa]))")
#: The quotes that a text inside a field can have.
_QUOTES = ("'", '"', "'''", '"""')
#: What stands for a text that no older Python can have inside a field: a name of which nothing is known.
_UNKNOWN = "_text"


def parsed(text: str) -> ast.Module:
    """The tree of some code, whose columns count characters.

    Raises:
        SyntaxError: it is not Python.
        ValueError, RecursionError, MemoryError: it cannot be parsed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes in texts
        try:
            return _in_characters(ast.parse(text), text)
        except SyntaxError as error:
            older = Older(text).rewritten()
            if older == text:
                raise
            try:
                return _in_characters(ast.parse(older), older)
            except (SyntaxError, ValueError):
                raise error from None


def _in_characters(tree: ast.Module, text: str) -> ast.Module:
    """The tree with columns that count characters, where the parser counts bytes of UTF-8."""
    if not text.isascii():
        lines = [line.encode("utf-8", "surrogatepass") for line in re.split("\r\n|\r|\n", text)]
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                before = lines[min(node.lineno, len(lines)) - 1][: node.col_offset]
                node.col_offset = len(before.decode("utf-8", "ignore"))
    return tree


class Older:
    """Writes f-strings so that Python before 3.12 reads them; line breaks stay where they are.

    Python 3.12 lets the expressions of an f-string have its own quotes, backslashes, comments, and line breaks
    (PEP 701). Earlier ones end the text at the first of its quotes, and refuse the others.

    Args:
        text: the code.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def rewritten(self) -> str:
        """The code; as it is where a text or bracket is not closed."""
        try:
            return self._code(0, "", ())[0]
        except (IndexError, RecursionError):
            return self._text

    def _code(self, at: int, end: str, around: Sequence[str]) -> tuple[str, int]:
        """Code up to a closing bracket, or up to the end of the expression of a field, and where that is.

        Args:
            end: the bracket, ``field``, or "" for the end of the code.
            around: the quotes of the f-strings around it.

        Raises:
            IndexError: the code ends before.
        """
        text, done = self._text, list[str]()
        while at < len(text) or end:
            character = text[at]
            if character == end or (end == "field" and _FIELD_END.match(text, at)):
                break
            if opening := _OPENING.match(text, at):
                piece, at = self._string(opening, around)
            elif character == "#":
                stop = text.find("\n", at)
                stop = len(text) if stop < 0 else stop
                piece, at = "" if around else text[at:stop], stop
            elif character in _CLOSINGS:
                piece, at = self._code(at + 1, _CLOSINGS[character], around)
                piece, at = character + piece + text[at], at + 1
            else:
                word = _WORD.match(text, at)
                piece, at = (word[0], word.end()) if word else (character, at + 1)
            done.append(piece)
        return "".join(done), at

    def _string(self, opening: re.Match[str], around: Sequence[str]) -> tuple[str, int]:
        """A text with quotes that fit those around it, and where it ends."""
        prefix, quote = opening.groups()
        pieces, at, is_format = list[str](), opening.end(), "f" in prefix.lower()
        inner = (*around, quote)
        while not self._text.startswith(quote, at):
            character = self._text[at]
            if character == "\\" or (is_format and self._text[at : at + 2] in ("{{", "}}")):
                piece, at = self._text[at : at + 2], at + 2
            elif is_format and character == "{":
                piece, at = self._field(at, inner)
            else:
                piece, at = character, at + 1
            pieces.append(piece)
        body = "".join(pieces)
        if around:
            return _fitting(prefix, quote, body, around), at + len(quote)
        is_several = is_format and len(quote) == 1 and re.search(r"(?<!\\)\n", body)
        quote = quote * 3 if is_several else quote
        return f"{prefix}{quote}{body}{quote}", at + len(opening[2])

    def _field(self, at: int, around: Sequence[str]) -> tuple[str, int]:
        """A field of an f-string with its brackets, and where it ends."""
        expression, at = self._code(at + 1, "field", around)
        start = at
        while self._text[at] != "}":
            at = self._field(at, around)[1] if self._text[at] == "{" else at + 1
        rest = self._text[start:at]
        return "{" + expression + ("" if "\\" in rest or any(one in rest for one in around) else rest) + "}", at + 1


def _fitting(prefix: str, quote: str, body: str, around: Sequence[str]) -> str:
    """A text inside a field, with quotes that no text around it ends at."""
    for one in (quote, *_QUOTES):
        text = f"{prefix}{one}{body}{one}"
        is_whole = one not in body and not body.endswith(one[0]) and (len(one) == 3 or "\n" not in body)
        if is_whole and "\\" not in body and not any(outer in text for outer in around):
            return text
    return _UNKNOWN + "\n" * body.count("\n")
