"""Writes the tables of frames into docs/protocol.md from realtime/frames.py, where each frame is declared once.

python -m scripts.frame_tables
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from realtime import frames

PROTOCOL = Path(__file__).resolve().parents[1] / "docs/protocol.md"
BLOCK = re.compile(r"(<!-- frames:(\w+) -->\n).*?(<!-- /frames -->)", re.DOTALL)
EVERYWHERE = ("chat", "sync", "presence")
NAMES = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null", dict: "object", list: "list"}


def with_tables(text: str) -> str:
    """The document with each block between `<!-- frames:door -->` and `<!-- /frames -->` written anew."""
    return BLOCK.sub(lambda match: match[1] + "\n".join(_table(match[2])) + "\n" + match[3], text)


def _table(door: str) -> Iterator[str]:
    """Rows of one path's own frames; `any` is what every path knows."""
    yield "| direction | type | for | keys | what it says |"
    yield "|---|---|---|---|---|"
    for direction, declared in (("in", frames.INCOMING), ("out", frames.OUTGOING)):
        for frame in declared:
            doors: tuple[str, ...] = frame.doors
            if (door == "any") == (doors == EVERYWHERE) and (door == "any" or door in doors):
                yield _row(direction, frame)


def _row(direction: str, frame: Any) -> str:
    audience = "v2" if frame.v2 else "all"
    says = " ".join((frame.__doc__ or "").split()) if "__doc__" in vars(frame) else ""
    name = frame.type if direction == "in" else frame.__struct_config__.tag
    return f"| {direction} | `{name}` | {audience} | {', '.join(_keys(frame)) or '-'} | {says} |"


def _keys(frame: Any) -> Iterator[str]:
    for field in msgspec.structs.fields(frame):
        if field.name == "client_id" and issubclass(frame, frames.In):
            continue
        optional = "" if field.required else "?"
        yield f"`{field.encode_name}{optional}` {_type_name(field.type)}"


def _type_name(hint: Any) -> str:
    """`str | None` as "string or null"."""
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return _type_name(typing.get_args(hint)[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_unique(_type_name(part) for part in typing.get_args(hint) if part is not msgspec.UnsetType))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return "object"
    return NAMES.get(origin or hint, "any")


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


if __name__ == "__main__":
    PROTOCOL.write_text(with_tables(PROTOCOL.read_text()))
