"""Which small changes `mutants.py` makes to a module: one operator, number or truth value exchanged.

A change is told as `file:line function: old text -> new text`. Those that change nothing that can be counted
stand in `mutants_equal.toml`, each with its reason, by file and `function: new text`.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
EQUAL_FILE = Path(__file__).with_name("mutants_equal.toml")
MODULE = "module"
"""The place of what runs when a module is imported."""
LONGEST_TEXT = 100

EXCHANGED: dict[type, type] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "minimum": "maximum", "maximum": "minimum",
         "argmin": "argmax", "argmax": "argmin", "floor": "ceil", "ceil": "floor"}  # fmt: skip
SAID_ONLY = {"logger", "_refuse"}
UNFELT_KEYWORDS = {"strict", "frozen", "eq", "repr", "slots", "kw_only", "copy", "default_factory"}


@dataclass(frozen=True)
class Mutant:
    """One change; `lines` are those of the statement it stands in."""

    file: str
    line: int
    lines: range
    number: int
    place: str  # the function, or MODULE
    old: str
    new: str

    @property
    def key(self) -> str:
        """What it is called in the list of those that change nothing."""
        return f"{self.place}: {self.new}"

    @property
    def text(self) -> str:
        return f"{self.place}: {self.old} -> {self.new}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.text}"


@dataclass(frozen=True)
class Change:
    """Fields of a node that are set anew; `path` leads from the module to the node."""

    path: tuple[ast.AST, ...]
    fields: dict[str, Any]

    @property
    def statement(self) -> ast.stmt:
        return next(node for node in reversed(self.path) if isinstance(node, ast.stmt))

    @property
    def place(self) -> str:
        # What stands in the head of a function (defaults) runs when the module is imported.
        heads = {id(node) for node in self.path if isinstance(node, ast.arguments)}
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        functions = [
            node.name
            for node, inner in pairwise(self.path)
            if isinstance(node, kinds) and id(inner) not in heads
        ]
        return ".".join(functions) or MODULE

    def make(self) -> None:
        for field, value in self.fields.items():
            setattr(self.path[-1], field, value)


def changes(tree: ast.Module) -> list[Change]:
    return [change for statement in tree.body for change in _changes((tree, statement))]


def _changes(path: tuple[ast.AST, ...]) -> Iterator[Change]:
    node = path[-1]
    if _is_left_out(node):
        return
    for fields in _own_changes(node):
        yield Change(path, fields)
    for name, child in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_comment"):
            continue
        for each in child if isinstance(child, list) else [child]:
            if isinstance(each, ast.AST):
                yield from _changes((*path, each))


def _is_left_out(node: ast.AST) -> bool:
    """Messages, imports for types, docstrings, arguments unfelt when all is well; machine code."""
    return (
        isinstance(node, (ast.Raise, ast.Import, ast.ImportFrom, ast.JoinedStr))
        or (isinstance(node, ast.FunctionDef) and any(map(_is_compiled, node.decorator_list)))
        or (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.keyword) and node.arg in UNFELT_KEYWORDS)
        or (isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[0] in SAID_ONLY)
    )


def _is_compiled(decorator: ast.expr) -> bool:
    return ast.unparse(decorator) == "compiled"


def _own_changes(node: ast.AST) -> Iterator[dict[str, Any]]:
    match node:
        case ast.Compare(ops=ops):
            for at, op in enumerate(ops):
                yield {"ops": [*ops[:at], EXCHANGED[type(op)](), *ops[at + 1 :]]}
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op) if type(op) in EXCHANGED:
            yield {"op": EXCHANGED[type(op)]()}
        case ast.UnaryOp(op=ast.Not() | ast.Invert() as op, operand=operand):
            yield {"operand": ast.UnaryOp(op, operand)}  # twice is not at all
        case ast.UnaryOp(op=ast.USub()):
            yield {"op": ast.UAdd()}
        case ast.Constant(value=bool(value)):
            yield {"value": not value}
        case ast.Constant(value=int() | float() as value):
            yield {"value": value + 1}
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
            yield {"id": NAMES[name]}
        case ast.Attribute(attr=name) if name in NAMES:
            yield {"attr": NAMES[name]}


# --- told ---


def mutants(file: str) -> list[Mutant]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return [_mutant(file, number, change) for number, change in enumerate(changes(tree))]


def _mutant(file: str, number: int, change: Change) -> Mutant:
    statement, node = change.statement, change.path[-1]
    head = statement.lineno
    end = statement.body[0].lineno if hasattr(statement, "body") else (statement.end_lineno or head) + 1
    shown = next((each for each in _that_show(change.path) if len(_told(each)) <= LONGEST_TEXT), node)
    old, kept = _told(shown), {field: getattr(node, field) for field in change.fields}
    change.make()
    new = _told(shown)
    Change(change.path, kept).make()
    line = getattr(node, "lineno", head)
    return Mutant(file, line, range(head, max(end, head + 1)), number, change.place, old, new)


def _that_show(path: tuple[ast.AST, ...]) -> Iterator[ast.AST]:
    """Yield what of a path can be written with the change in it, the largest first."""
    for node, inner in pairwise(path):
        # Of what has a body only the head is written, without a function's defaults.
        heads = [getattr(node, name, None) for name in ("test", "target", "iter", "items")]
        is_head = any(inner is head or (isinstance(head, list) and inner in head) for head in heads)
        if isinstance(node, ast.expr) or (
            isinstance(node, ast.stmt) and (is_head or not hasattr(node, "body"))
        ):
            yield node


def _told(node: ast.AST) -> str:
    """Write a node as one line; of what has a body, its head."""
    lines = ast.unparse(node).splitlines()
    return lines[0] if hasattr(node, "body") and isinstance(node, ast.stmt) else " ".join(lines)


def changed_tree(mutant: Mutant) -> ast.Module:
    tree = ast.parse((ROOT / mutant.file).read_text(encoding="utf-8"))
    changes(tree)[mutant.number].make()
    return ast.fix_missing_locations(tree)


# --- those that change nothing ---


def reasons() -> dict[str, dict[str, str]]:
    """Give, by file and key, why a change is none."""
    return tomllib.loads(EQUAL_FILE.read_text(encoding="utf-8")) if EQUAL_FILE.exists() else {}


def without_equal(found: list[Mutant]) -> tuple[list[Mutant], int]:
    """Leave out those that change nothing; refuse reasons that speak of no change."""
    why = reasons()
    asked = {mutant.file for mutant in found}
    known = {(mutant.file, mutant.key) for mutant in found}
    stale = [f"{file}: {key}" for file in asked for key in why.get(file, {}) if (file, key) not in known]
    if stale:
        raise SystemExit("\n".join([f"{EQUAL_FILE.name} speaks of changes that are not made:", *stale]))
    kept = [mutant for mutant in found if mutant.key not in why.get(mutant.file, {})]
    return kept, len(found) - len(kept)
