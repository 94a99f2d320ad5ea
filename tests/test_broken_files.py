"""Every broken file of the corpus gets one sentence and its own exit code, in bounds, and writes nothing.

``python -m broken`` (in tests/) runs the files of a million rows as well.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import broken
import pytest
from broken import runner
from broken.case import Kind
from broken.sweep import Bench

from siting.errors import InputError
from siting.saved import record

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the files are read in forked processes")
EVERY_NTH = int(os.environ.get("SITING_BROKEN_EVERY", "24"))
"""The default run takes a part of the corpus, another kind of fault of each input; 1 takes all."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with runner.running() as started:
        yield Bench(started, tmp_path_factory.mktemp("broken"))


ONCE_READ = (
    "OSM XML: a third node at 1e300, 15",
    "OSM XML: a third node at 95, 15",
    "OSM PBF: a third node at 60.4, 200",
    "GTFS: stop_times.txt of its head",
    "XLSX: rows out of order",
    "XLSX: merged a thousand times over",
    "dataset to be sealed: file a device",
    "dataset to be sealed: manifest: aliases bomb by merging",
    "dataset to be sealed: truncated to a tenth",
    "plan.json: a key twice deep within",
    "sweep.json: map with a sweep: a plan without places",
    "sweep.json: verify a sweep: no rows",
)
"""What was once taken for whole, or ended in something else than a sentence: always tried."""


@pytest.mark.parametrize("kind", broken.kinds(), ids=lambda kind: kind.input)
def test_broken_files_get_one_sentence(kind: Kind, bench: Bench) -> None:
    if kind.whole_is_read:
        assert bench.run_whole(kind).code == 0, "the whole file must be read, else nothing is tested"
    cases = [case for case in kind.cases() if not case.is_big][::EVERY_NTH]
    problems = {case.name: found for case in cases if (found := bench.run(kind, case)[1])}
    assert problems == {}


def test_what_was_once_taken_for_whole_is_refused(bench: Bench) -> None:
    of = {case.name: (kind, case) for kind in broken.kinds() for case in kind.cases()}
    problems = {name: found for name in ONCE_READ if (found := bench.run(*of[name])[1])}
    assert problems == {}


def test_a_result_of_more_values_than_any_has_is_refused_before_they_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plan.json").write_text(f'{{"x": [{",".join(["[]"] * 50)}]}}', encoding="utf-8")
    monkeypatch.setattr(record, "MOST_VALUES", 50)
    with pytest.raises(InputError, match=r"plan\.json: holds more than 50 values, which no result does"):
        record.parse(tmp_path / "plan.json")


def test_the_corpus_names_each_fault_once() -> None:
    names = [case.name for case in broken.corpus()]
    assert len(names) == len(set(names)) >= 2_300
