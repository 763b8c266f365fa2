"""Compiles the modules of an archive as this Python runs them, and names what they import: run in Pyodide."""

import ast
import marshal
import types
import zipfile
from importlib.util import MAGIC_NUMBER

SOURCE, PACKED = "/source.zip", "/engine.zip"
#: The list of all modules that any module imports, also in its functions; a snapshot has no other.
IMPORTS = "imports.txt"

#: What a call of the page never comes to: it has no files and no other processes. Such modules bring many others.
OUTSIDE = frozenset(["multiprocessing", "tarfile"])

imported = set()


def bare(code: types.CodeType) -> types.CodeType:
    """Code without the places of its source, which only tracebacks show."""
    constants = tuple(bare(one) if isinstance(one, types.CodeType) else one for one in code.co_consts)
    return code.replace(co_consts=constants, co_linetable=b"")


with zipfile.ZipFile(SOURCE) as source, zipfile.ZipFile(PACKED, "w") as packed:

    def put(name: str, content: bytes) -> None:
        """Adds a file, with nothing in it that another build would have otherwise."""
        member = zipfile.ZipInfo(name)
        member.compress_type = zipfile.ZIP_DEFLATED
        packed.writestr(member, content, compresslevel=9)

    for name in source.namelist():
        content = source.read(name)
        if not name.endswith(".py"):
            put(name, content)
            continue
        path = name.removesuffix(".py")
        # The second word of the header says that the file is never compared with its source.
        header = MAGIC_NUMBER + (1).to_bytes(4, "little") + bytes(8)
        put(
            f"{path}.pyc",
            header + marshal.dumps(bare(compile(content, f"/{name}", "exec", dont_inherit=True, optimize=2))),
        )
        if not path.startswith("sagemaker_roles/"):
            continue
        imported.add(path.removesuffix("/__init__").replace("/", "."))
        for node in ast.walk(ast.parse(content)):
            if isinstance(node, ast.Import):
                imported.update(one.name for one in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(str(node.module))
    put(IMPORTS, "\n".join(sorted(imported - OUTSIDE)).encode())
