"""Reads the flows without running them, and compares the requests with those that the SDKs send."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sagemaker_roles.catalog import Catalog
from sagemaker_roles.engine.partial import Partial, document
from sagemaker_roles.inputs.code import CodeFile
from sagemaker_roles.inputs.reader import Reading
from sagemaker_roles.inputs.reading import add_code

HERE = Path(__file__).parent
#: What the flows' session knows, where the code names it by a placeholder.
KNOWN = {"Region": "us-west-2", "Account": "111122223333"}


def flows(version: str) -> Iterator[tuple[str, str]]:
    """Each flow of an SDK, as a module that has it alone."""
    common: list[ast.stmt] = []
    each: dict[str, list[ast.stmt]] = {}
    for node in ast.parse((HERE / f"flows_{version}.py").read_text("utf-8")).body:
        if isinstance(node, ast.AugAssign) and isinstance(node.value, ast.Dict):
            for key, value in zip(node.value.keys, node.value.values, strict=True):
                assert isinstance(key, ast.Constant)
                assert isinstance(value, ast.Lambda)
                each[str(key.value)] = [ast.Expr(value.body)]
        elif isinstance(node, ast.FunctionDef) and any(ast.unparse(one) == "flow" for one in node.decorator_list):
            node.decorator_list = []
            each[node.name] = [node, *ast.parse(f"{node.name}()").body]
        else:
            common.append(node)
    for name, own in each.items():
        yield name, ast.unparse(ast.fix_missing_locations(ast.Module([*common, *own], [])))


def read(catalog: Catalog, text: str) -> Reading:
    """What a flow sends, as far as its code shows it."""
    reading = Reading()
    flow = CodeFile("flow.py", "flow.py", (HERE / "flow.py").read_bytes())
    add_code(catalog, reading, [flow, CodeFile("main.py", "main.py", text.encode())])
    return reading


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The members of a request that are no structures, and those of a definition in it, by their paths."""
    if path.endswith("PipelineDefinition") and isinstance(value, str):
        value = document(value) or value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}[{number}]")
    elif value not in ("", None) and not path.endswith(("ClientToken", "ClientRequestToken")):
        yield path, value


def is_same(own: Any, sent: Any) -> bool:
    """Whether a member of a request that was read can be what the SDK sent; one of which nothing is known cannot."""
    if not isinstance(own, Partial):
        return bool(own == sent or str(own) == str(sent))
    texts = [part if isinstance(part, str) else KNOWN.get(part.name, "") for part in own.parts]
    pattern = "".join(re.escape(text) if text else ".*" for text in texts)
    return any(texts) and re.fullmatch(pattern, str(sent), re.DOTALL) is not None


def differences(reading: Reading, sent: list[tuple[str, Any]]) -> Iterator[tuple[str, bool]]:
    """The path of each member that an SDK sent, and whether the request that was read has it alike."""
    # A request of an operation that is of no role is a call only.
    left = [(one.operation, one.members) for one in (*reading.requests, *reading.code)]
    for operation, members in sent:
        request = next((one for one in left if one[0] == operation), None)
        if request is not None:
            left.remove(request)
        own = dict(leaves(request[1])) if request is not None else {}
        for path, value in leaves(members):
            yield f"{operation} {path}", path in own and is_same(own[path], value)
