"""What fuzzing kept is read again: no parser ends in anything but a value or one sentence (`python tests/fuzz.py`)."""

# ruff: noqa: E501

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from random import Random

import fuzzing
import pytest
from fuzzing import judge as judging
from fuzzing import kept, mutate
from fuzzing.judge import COUNT, Fault, judge, shrunk

from siting.errors import InputError

KEPT = {name: kept.kept(name) for name in fuzzing.parsers()}
MOST_BYTES = 200_000


@pytest.fixture(autouse=True)
def _warnings_are_shown() -> Iterator[None]:
    """The judge looks at what is warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        yield


@pytest.mark.parametrize("name", [name for name, inputs in KEPT.items() if inputs])
def test_what_was_kept_is_taken_or_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    parser = fuzzing.parsers()[name](tmp_path)
    verdicts = {each: judge(parser.read, data, parser.errors) for each, data in KEPT[name].items()}
    assert {each: found for each, found in verdicts.items() if isinstance(found, Fault)} == {}


def test_all_that_is_kept_is_some_parsers_and_little() -> None:
    files = [path for path in kept.SEEDS.glob("*/*") if path.is_file()]
    assert len(files) == sum(map(len, KEPT.values()))
    assert sum(path.stat().st_size for path in files) < MOST_BYTES


def test_every_parser_has_its_own_folder() -> None:
    assert len({kept.folder_of(name) for name in KEPT}) == len(KEPT) >= 40


# --- the judge itself ---


def _refuses(sentence: str) -> judging.Verdict:
    def read(data: bytes) -> None:
        del data
        raise InputError(sentence)

    return judge(read, b"", (InputError,))


def test_the_judge_knows_a_sentence_from_a_fault() -> None:
    assert _refuses("a.csv, row 2: minutes 'x' is no number") == "refused"
    assert isinstance(_refuses("x" * 600), Fault)
    assert isinstance(_refuses(""), Fault)
    assert isinstance(_refuses(f"a.csv: has the columns c0, {COUNT}"), Fault)
    assert _refuses(f"a.csv, row 2: youths '{COUNT}' is above 100") == "refused"
    assert isinstance(judge(int, b"x", (InputError,)), Fault)
    assert isinstance(judge(lambda _: warnings.warn("so", stacklevel=1), b"", ()), Fault)
    assert judge(len, b"", ()) == "accepted"


def test_the_judge_stops_what_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MOST_SECONDS", 0.05)

    def read(data: bytes) -> None:
        while True:
            try:
                data += b""
            except Exception:
                return

    found = judge(read, b"", ())
    assert isinstance(found, Fault)
    assert found.kind == "_TooLongError"


def test_a_fault_is_made_small() -> None:
    assert shrunk(b"a\n" * 50 + b"xy" + b"b\n" * 50, lambda data: b"x" in data and b"y" in data) == b"xy"


@pytest.mark.parametrize(
    "mutator", [mutate.of_json, mutate.of_csv, mutate.of_xml, mutate.of_lines, mutate.of_bytes]
)
def test_the_same_seed_breaks_in_the_same_way(mutator: mutate.Mutator) -> None:
    whole = json.dumps({"a": [1, {"b": "x,y"}]}).encode() + b"\n<a b='c'>d</a>\n"
    once, again = ([mutator(whole, Random(seed), ("t",)) for seed in range(30)] for _ in range(2))
    assert once == again
    assert len(set(once)) > 20
