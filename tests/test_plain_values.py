"""What is written as plain values is read back bit by bit; reading what others wrote does nothing else."""

from __future__ import annotations

import struct
import sys
from base64 import b64encode
from dataclasses import dataclass
from enum import Flag
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import siting.cli  # noqa: F401 - loaded, so that a hostile text could find it
from siting.journal import _digest
from siting.plain_values import read_plain, write_plain
from siting.plan import Intake, ObjectiveValue, Plan, Status
from siting.sites import Role

FLOATS = st.integers(0, 2**64 - 1).map(lambda bits: struct.unpack("<d", bits.to_bytes(8, "little"))[0])
TEXTS = st.text(st.characters(categories=["L", "N", "Cc", "Cs", "So"]))
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | FLOATS
    | TEXTS
    | FLOATS.map(np.float64)
    | st.integers(0, 255).map(np.uint8)
    | st.sampled_from([*Status, *Role])
)
KEYS = st.integers() | TEXTS | st.tuples(TEXTS, st.sampled_from(Role))
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(KEYS, inner)
        | st.frozensets(KEYS)
        | st.sets(KEYS)
    ),
)


@given(VALUES)
def test_a_value_is_read_back_as_the_same_types_and_bits(value: object) -> None:
    found = read_plain(write_plain(value))
    assert type(found) is type(value)
    assert _digest(found) == _digest(value)
    if isinstance(value, dict):
        assert list(found) == list(value)  # in their order


@pytest.mark.parametrize(
    "array",
    [
        np.array([0.0, -0.0, np.nan, -np.nan, np.inf]),
        np.arange(6, dtype=np.int16).reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array([[True, False]]),
        np.zeros((0, 4)),
        np.array(7.0),
        np.arange(3, dtype=">u4"),
        np.array([1 + 2j], dtype=np.complex64),
    ],
    ids=str,
)
def test_an_array_is_read_back_with_its_type_shape_and_order(array: np.ndarray) -> None:
    found = read_plain(write_plain(array))
    assert type(found) is np.ndarray
    assert (found.dtype, found.shape, found.tobytes()) == (array.dtype, array.shape, array.tobytes())
    assert [found.flags[each] for each in ("C", "F")] == [array.flags[each] for each in ("C", "F")]
    found[...] = 0  # and may be written in, as any


def test_a_view_is_read_back_as_an_array_of_its_own() -> None:
    whole = np.arange(12.0).reshape(3, 4)
    assert _digest(read_plain(write_plain(whole[::-1, 1::2]))) == _digest(whole[::-1, 1::2].copy("C"))


def a_plan() -> Plan:
    return Plan(
        ("S1",),
        (),
        Status.TIME_LIMIT,
        (ObjectiveValue("mean_minutes", "minutes", 0.1 + 0.2, 1e-300, np.inf, Status.OPTIMAL),),
        0.1,
        days_per_week={"S1": 2.5},
        intake={"care": Intake(np.arange(2), np.array([0, -1]), np.array([0.25, 1.0]))},
    )


def test_a_value_of_our_own_is_filled_in_and_none_of_its_code_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = a_plan()
    written = write_plain(plan)

    def fail(*_: object, **__: object) -> None:
        raise AssertionError

    for name in ("__init__", "__post_init__", "__setattr__"):
        monkeypatch.setattr(Plan, name, fail, raising=False)
    found = read_plain(written)
    assert type(found) is Plan
    assert (found.solve_seconds, _digest(found)) == (0.1, _digest(plan))


class Text(str):
    __slots__ = ()


class OwnList(list[int]):
    pass


@dataclass
class Foreign:
    x: int


def with_more() -> Plan:
    plan = a_plan()
    object.__setattr__(plan, "more", 1)
    return plan


@pytest.mark.parametrize(
    "value",
    [
        Path("x"),
        Text("x"),
        OwnList(),
        Foreign(1),
        len,
        Plan,
        b"bytes",
        1j,
        np.array([None]),
        np.array(["a"]),
        np.zeros(1, dtype="f8,i4"),
        np.ma.masked_array([1.0]),
        with_more(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_would_not_be_the_same_is_not_written(value: object) -> None:
    for each in (value, [{"deep": (value,)}]):
        with pytest.raises(TypeError, match="read back"):
            write_plain(each)


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of siting's with a few classes."""
    module: Any = ModuleType("siting.made_up")
    monkeypatch.setitem(sys.modules, "siting.made_up", module)
    exec(  # as a module is
        "from __future__ import annotations\n"
        "from dataclasses import dataclass\n"
        "from enum import Flag\n"
        "from functools import cached_property\n"
        "class Side(Flag):\n    LEFT = 1\n    RIGHT = 2\n"
        "@dataclass(frozen=True)\nclass Square:\n    side: float\n"
        "    @cached_property\n    def area(self):\n        return self.side ** 2\n"
        "@dataclass\nclass Names(dict):\n    x: int = 1\n"
        "@dataclass\nclass Local:\n    x: int = 1\n"
        "Other, Local = Local, None\n",
        vars(module),
    )
    assert issubclass(module.Side, Flag)
    assert isinstance(vars(module.Square)["area"], cached_property)
    return module


def test_what_follows_from_the_fields_is_not_written(made_up: Any) -> None:
    square = made_up.Square(3.0)
    before = write_plain(square)
    assert square.area == 9
    assert write_plain(square) == before
    assert read_plain(before).area == 9


def test_a_class_that_is_not_its_fields_alone_or_not_found_by_its_name_is_not_written(made_up: Any) -> None:
    assert read_plain(write_plain(made_up.Side.LEFT)) is made_up.Side.LEFT
    for value in (made_up.Names(), made_up.Other(), made_up.Side.LEFT | made_up.Side.RIGHT):
        with pytest.raises(TypeError, match="read back"):
            write_plain(value)


EIGHT = b64encode(b"A" * 8).decode()
HOSTILE = [
    '["ndarray","|O","C",[1],"EIGHT"]',
    '["number","|O","C",[],"EIGHT"]',
    '["ndarray","O","C",[1],"EIGHT"]',
    '["ndarray","|V8","C",[1],"EIGHT"]',
    '["ndarray","<U2","C",[1],"EIGHT"]',
    '["ndarray","<M8[s]","C",[1],"EIGHT"]',
    '["ndarray","<f8,|O","C",[1],"EIGHT"]',
    '["ndarray","<f8","C",[2],"EIGHT"]',
    '["ndarray","<f8","C",[1000000000000000000000],"EIGHT"]',
    '["ndarray","<f8","C",[4611686018427387904,4],"EIGHT"]',
    '["ndarray","<f8","C",[-1],"EIGHT"]',
    '["ndarray","<f8","C",[-1,-1],"EIGHT"]',
    '["ndarray","<f8","C",["1"],"EIGHT"]',
    '["ndarray","<f4","C",[1],"EIGHT"]',
    '["ndarray","<f8","X",[1],"EIGHT"]',
    '["ndarray","<f8","C",[1],"not base64"]',
    '["ndarray","|b1","C",[8],"EIGHT"]',
    '["ndarray","<f3","C",[1],"EIGHT"]',
    '["data","siting.cache","Path","x"]',
    '["data","pathlib","Path","x"]',
    '["data","builtins","eval","1"]',
    '["data","siting.cli","main",["list"]]',
    '["data","siting.__main__","main"]',
    '["data","siting","run","base"]',
    '["data","siting.cli","Path","x"]',
    '["data","siting.journal","Journal"]',
    '["data","siting.journal","pickle"]',
    '["data","siting.journal","_Records.__init__"]',
    '["data","siting.plan","Status","OPTIMAL"]',
    '["data","siting.plan","Intake",1,2]',
    '["data","siting.plan","Intake",1,2,3,4]',
    '["data",["list"],"Intake",1,2,3]',
    '["data","siting.plan",7,1,2,3]',
    '["enum","siting.plan","Plan","main"]',
    '["enum","siting.plan","Status","__class__"]',
    '["enum","siting.plan","Status","mro"]',
    '["enum","enum","Enum","mro"]',
    '["set",["list"]]',
    '["dict",1]',
    '["dict",["list"],1]',
    '["float","00"]',
    '["eval","1"]',
    "[[],1]",
    "[]",
    '{"x":1}',
    '["list",{"x":1}]',
    "NaN",
    "-Infinity",
    '["list"',
    "[" * 100_000,
    '["list",' * 20_000 + "1" + "]" * 20_000,
    "9" * 10_000,
    "\x00",
    "",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:60] or "nothing")
def test_what_others_wrote_is_refused_and_changes_nothing(text: str) -> None:
    loaded = set(sys.modules)
    with pytest.raises(Exception):  # noqa: B017, PT011 - of any kind; who reads takes them all alike
        read_plain(text.replace("EIGHT", EIGHT).encode())
    assert set(sys.modules) == loaded


def test_what_the_hostile_texts_spell_wrongly_is_read_where_it_is_right() -> None:
    """Or they might be refused for their spelling alone."""
    right = f'["list",["ndarray","<f8","C",[1],"{EIGHT}"],["data","siting.plan","Intake",1,2,3],["dict",1,2]]'
    array, intake, pairs = read_plain(right.encode())
    assert array.tobytes() == b"A" * 8
    assert (type(intake), intake.site, pairs) == (Intake, 2, {1: 2})
    assert read_plain(b'["enum","siting.plan","Status","OPTIMAL"]') is Status.OPTIMAL
