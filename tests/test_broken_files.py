"""Every broken file of the corpus gets one sentence and its own exit code, soon, in little memory, and writes nothing.

``python -m broken`` (in tests/) runs the files of a million rows as well.
"""

# ruff: noqa: E501

from __future__ import annotations

import os
from collections.abc import Iterator

import broken
import pytest
from broken import runner
from broken.case import Kind
from broken.seeds_of import Edit, case_of, kept
from broken.sweep import Bench

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the files are read in forked processes")
EVERY_NTH = int(os.environ.get("SITING_BROKEN_EVERY", "16"))
"""The default run takes a part of the corpus, another kind of fault of each input; 1 takes all."""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with runner.running() as started:
        yield Bench(started, tmp_path_factory.mktemp("broken"))


@pytest.mark.parametrize("kind", broken.kinds(), ids=lambda kind: kind.input)
def test_broken_files_get_one_sentence(kind: Kind, bench: Bench) -> None:
    if kind.whole_is_read:
        assert bench.run_whole(kind).code == 0, "the whole file must be read, else nothing is tested"
    cases = [case for case in kind.cases() if not case.is_big][::EVERY_NTH]
    problems = {case.name: found for case in cases if (found := bench.run(kind, case)[1])}
    assert problems == {}


def test_the_corpus_names_each_fault_once() -> None:
    names = [case.name for case in broken.corpus()]
    assert len(names) == len(set(names)) >= 600


@pytest.mark.parametrize("seed", kept(), ids=lambda seed: seed[0])
def test_what_fuzzing_found_stays_mended(seed: tuple[str, str, list[Edit]], bench: Bench) -> None:
    name, of, edits = seed
    kind = next(each for each in broken.kinds() if each.input == of)
    assert bench.run(kind, case_of(kind, edits, name))[1] == []
