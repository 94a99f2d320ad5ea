"""Breaks inputs at their joints: a value of a tree, a cell of a table, a tag, a part of a zip; now and then bytes.

Bytes changed at random die at the outermost check of a format. What is changed here is still JSON, CSV, XML or a
zip, so it reaches what stands behind. The same seed gives the same broken input.
"""

# ruff: noqa: E501

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

Mutator = Callable[[bytes, Random, Sequence[str]], bytes]
MOST_EDITS = 4
BYTES_SHARE = 0.1
"""Of broken inputs whose bytes are changed, too."""
MOST_BYTES = 200_000

NUMBERS = (
    0, 1, -1, 2, 3, 5, 7, 0.5, -0.0, 1e-300, 5e-324, 1e300, -1e308, 1.7e308, float("nan"), float("inf"), -float("inf"),
    2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 10**30, 0.1 + 0.2, 99.999999999999, 1e12, 1e15, 100_000, 1000,
)  # fmt: skip
TEXTS = (
    "", " ", "0", "-1", "1e400", "nan", "inf", "-inf", "NaN", "null", "true", "12,5", "1_0", "٣", "0x10", "1e308", "å",
    "\u0130", "e\u0301", "\ud800", "\0", "\n", "\r", "\t", "\x1b[2J", "\u2028", "\u202e", "a\nsiting: b", "x" * 300,
    "9" * 400, "../x", "/etc/passwd", "a/b", "C:\\x", ".", "..", "<b>", "<!--", "&amp;", "=1+1", "%s", "{0}", "${x}",
    "[]", "{}", "- ", ": ", "# ", "'", '"', "`", "\\", "!!x", "*a", "&a", "<<", "\ufeff", "\x85", "\x7f", "1:30", "2026-11-28",
)  # fmt: skip


def of_bytes(data: bytes, rng: Random, tokens: Sequence[str]) -> bytes:
    """Insert, take away, repeat or change some bytes."""
    new = bytearray(data)
    for _ in range(rng.randint(1, MOST_EDITS)):
        at, n = rng.randint(0, len(new)), rng.choice((0, 0, 1, 1, 2, 4, 16, 64))
        kind = rng.randrange(5)
        if kind == 0:
            new[at : at + n] = _encoded(
                rng.choice(tokens) if tokens and rng.random() < 0.6 else rng.choice(TEXTS)
            )
        elif kind == 1:
            del new[at : at + n]
        elif kind == 2:
            new[at:at] = new[at : at + n]
        elif kind == 3 and at < len(new):
            new[at] = rng.randrange(256)
        elif kind == 4:
            other = rng.randint(0, len(new))
            new[at : at + n] = new[other : other + n]
    return bytes(new[:MOST_BYTES])


def of_lines(data: bytes, rng: Random, tokens: Sequence[str]) -> bytes:
    """Change lines as wholes: their order, indents, what stands after a colon."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    for _ in range(rng.randint(1, MOST_EDITS)):
        at, kind = rng.randrange(len(lines)), rng.randrange(7)
        if kind == 0:
            lines.insert(at, rng.choice(lines))
        elif kind == 1 and len(lines) > 1:
            del lines[at]
        elif kind == 2:
            lines[at] = " " * rng.choice((1, 2, 3)) + lines[at]
        elif kind == 3:
            lines[at] = lines[at].lstrip()
        else:
            head, colon, _ = lines[at].partition(":")
            new = _token(rng, tokens)
            lines[at] = f"{head}{colon} {new}" if kind < 6 else f"{new}{lines[at]}"
    text = "\n".join(lines)
    return _now_and_then_bytes(_encoded(text), rng, tokens)


def of_json(data: bytes, rng: Random, tokens: Sequence[str]) -> bytes:
    """Put a value where another was, or take away, repeat or rename what stands somewhere in the tree."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return of_bytes(data, rng, tokens)
    for _ in range(rng.randint(1, MOST_EDITS)):
        tree = _edited(tree, rng, tokens)
    return _now_and_then_bytes(_encoded(json.dumps(tree, ensure_ascii=rng.random() < 0.5)), rng, tokens)


def _edited(tree: Any, rng: Random, tokens: Sequence[str]) -> Any:
    places = _places(tree)
    if not places:
        return _value(rng, tokens, None)
    node, key = rng.choice(places)
    kind = rng.randrange(10)
    if kind == 0:
        del node[key]
    elif kind == 1 and isinstance(node, list):
        node.insert(key, json.loads(json.dumps(node[key])))
    elif kind == 1:
        node[rng.choice(tokens) if tokens else "x"] = json.loads(json.dumps(node[key]))
    elif kind in (2, 3):
        other, there = rng.choice(places)
        value = json.loads(
            json.dumps(other.get(there) if isinstance(other, dict) else other[there : there + 1][:1])
        )
        node[key] = value[0] if isinstance(other, list) and value else value
    elif kind == 4 and isinstance(node, dict):
        node[_token(rng, tokens)] = node.pop(key)
    elif kind == 5:
        node[key] = rng.choice(([node[key]], {"a": node[key]}, str(node[key]), json.dumps(node[key])))
    else:
        node[key] = _value(rng, tokens, node[key])
    return tree


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Each container with each of its keys, those within scalars last."""
    found: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        for key in keys:
            found.append((node, key))
            waiting.append(node[key])
    return found


def _value(rng: Random, tokens: Sequence[str], old: Any) -> Any:
    kind = rng.randrange(8)
    if isinstance(old, int | float) and not isinstance(old, bool) and kind < 4:
        return rng.choice((old + 1, old - 1, -old, old * 10, old / 2, float(old), old + 1e-9, 0, 1, 1e12))
    if isinstance(old, str) and kind < 3:
        return rng.choice((old + rng.choice(TEXTS), old.upper(), old[:-1], old * 2, rng.choice(TEXTS) + old))
    if kind < 5:
        return rng.choice(NUMBERS)
    if kind < 7:
        return _token(rng, tokens)
    return rng.choice((None, True, False, [], {}, [[]], {"": 0}, [None], {"sv": "x", "en": "x"}, [0] * 50))


def of_csv(data: bytes, rng: Random, tokens: Sequence[str]) -> bytes:
    """Change cells, rows, columns and the separator of a table."""
    text = data.decode("utf-8", "surrogateescape")
    comma = max(",;\t", key=text.count)
    rows = [row.split(comma) for row in text.split("\n")]
    for _ in range(rng.randint(1, MOST_EDITS)):
        _edit_rows(rows, rng, tokens)
    if rng.random() < 0.05:
        comma = rng.choice(",;\t|")
    end = "\r\n" if rng.random() < 0.05 else "\n"
    return _now_and_then_bytes(_encoded(end.join(map(comma.join, rows))), rng, tokens)


def _edit_rows(rows: list[list[str]], rng: Random, tokens: Sequence[str]) -> None:
    at, kind = rng.randrange(len(rows)), rng.randrange(10)
    row = rows[at] or [""]
    column = rng.randrange(len(row))
    if kind == 0:
        rows.insert(at, list(row))
    elif kind == 1 and len(rows) > 1:
        del rows[at]
    elif kind == 2:
        del row[column]
    elif kind == 3:
        for each in rows:
            each.insert(min(column, len(each)), _token(rng, tokens))
    elif kind == 4:
        for each in rows[1:]:
            each[column : column + 1] = [_scalar(rng, tokens)]
    elif kind == 5:
        other = rng.choice(rows) or [""]
        row[column] = rng.choice(other)
    else:
        row[column] = _scalar(rng, tokens) if rng.random() < 0.8 else row[column] + _token(rng, tokens)


TAG = re.compile(r"<[^<>]*>")
VALUE = re.compile(r"(?<=[\">])[^\"<>]+(?=[\"<])")


def of_xml(data: bytes, rng: Random, tokens: Sequence[str]) -> bytes:
    """Change attributes and texts, and repeat, take away or move tags."""
    text = data.decode("utf-8", "surrogateescape")
    for _ in range(rng.randint(1, MOST_EDITS)):
        kind = rng.randrange(8)
        found = list((TAG if kind < 3 else VALUE).finditer(text))
        if not found:
            break
        begin, end = rng.choice(found).span()
        other = rng.choice(found)[0]
        if kind < 3:
            new = ("", text[begin:end] * 2, other)[kind]
        elif kind < 5:
            new = other
        else:
            new = _scalar(rng, tokens)
        text = text[:begin] + new + text[end:]
    return _now_and_then_bytes(_encoded(text), rng, tokens)


def of_zip(within: Mutator) -> Mutator:
    """Give what changes a part of a zip as what it holds, or the parts as such."""

    def mutate(data: bytes, rng: Random, tokens: Sequence[str]) -> bytes:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                parts = {name: archive.read(name) for name in archive.namelist()[:40]}
            name = rng.choice(sorted(parts))
        except Exception:  # what was broken before may end in anything
            return of_bytes(data, rng, tokens)
        kind = rng.randrange(12)
        if kind == 0:
            return of_bytes(data, rng, tokens)
        if kind == 1:
            del parts[name]
        elif kind == 2:
            parts[rng.choice(("../x", "", "/x", name.upper(), name + "\0", f"a/{name}", *sorted(parts)))] = (
                parts.pop(name)
            )
        elif kind == 3:
            parts[name] = parts[rng.choice(sorted(parts))]
        else:
            parts[name] = within(parts[name], rng, tokens)
        new = io.BytesIO()
        with zipfile.ZipFile(new, "w") as archive:
            for each, content in parts.items():
                archive.writestr(zipfile.ZipInfo(each), content)
        return new.getvalue()

    return mutate


def _now_and_then_bytes(data: bytes, rng: Random, tokens: Sequence[str]) -> bytes:
    return of_bytes(data, rng, tokens) if rng.random() < BYTES_SHARE else data[:MOST_BYTES]


def _token(rng: Random, tokens: Sequence[str]) -> str:
    return rng.choice(tokens) if tokens and rng.random() < 0.6 else rng.choice(TEXTS)


def _scalar(rng: Random, tokens: Sequence[str]) -> str:
    return str(rng.choice(NUMBERS)) if rng.random() < 0.4 else _token(rng, tokens)


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
