"""The small changes of `mutants.py`: told as they are made, and left out only for a reason that holds."""

from __future__ import annotations

import ast
from pathlib import Path

import mutations
import pytest

SOURCE = '''
LIMIT: float = 0.5


def f(a: int, b: int = 0) -> int:
    """Not this 1."""
    if not a and b > 1:
        raise ValueError(f"nor {1 + 1}")
    return min(a, -b) * 2


@compiled
def g(a: int) -> int:
    return a + 1
'''


def test_changes_are_told_as_they_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutations, "ROOT", tmp_path)
    (tmp_path / "f.py").write_text(SOURCE, encoding="utf-8")
    found = mutations.mutants("f.py")
    assert [each.key for each in found] == [
        "module: LIMIT: float = 1.5",
        "module: 1",  # what b is if nothing is said
        "f: if not a or b > 1:",
        "f: if not not a and b > 1:",
        "f: if not a and b >= 1:",
        "f: if not a and b > 2:",
        "f: return min(a, -b) / 2",
        "f: return max(a, -b) * 2",
        "f: return min(a, +b) * 2",
        "f: return min(a, -b) * 3",
    ]
    for each in found:
        text = ast.unparse(mutations.changed_tree(each))
        assert each.new in text
        assert text != ast.unparse(ast.parse(SOURCE))


def test_each_reason_why_a_change_is_none_speaks_of_one_that_would_be_made() -> None:
    """A line that was changed since has to be looked at anew."""
    reasons = mutations.reasons()
    kept, n_left_out = mutations.without_equal([each for file in reasons for each in mutations.mutants(file)])
    assert n_left_out >= sum(len(each) for each in reasons.values()) > 0
    assert kept
