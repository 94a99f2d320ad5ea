from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from siting import cli, study
from siting.cache import FOLDER_VARIABLE, NO_CACHE, Cache, default_cache, digest_of
from siting.errors import SitingError

ARRAYS = {
    "minutes": np.arange(12, dtype=np.float32).reshape(3, 4),
    "open": np.array([True, False, True]),
    "none": np.zeros((0, 2)),
}


class Maker:
    """Makes the arrays, and counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, np.ndarray]:
        self.times += 1
        return ARRAYS


def assert_same(found: object) -> None:
    assert list(found) == list(ARRAYS)  # type: ignore[call-overload]
    for name, array in ARRAYS.items():
        np.testing.assert_array_equal(found[name], array, strict=True)  # type: ignore[index]


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_what_was_kept_is_what_was_made_and_cannot_be_written_to(tmp_path: Path) -> None:
    make, cache = Maker(), Cache(tmp_path / "new")
    assert_same(cache.arrays("times", "key", make))
    kept = cache.arrays("times", "key", make)
    assert_same(kept)
    assert make.times == 1
    with pytest.raises(ValueError, match="read-only"):
        kept["minutes"][0, 0] = 1
    cache.arrays("times", "other", make)
    assert make.times == 2


@pytest.mark.parametrize("length", [0, 5, 20, 100, -1, -64])
def test_a_cut_file_is_made_anew(tmp_path: Path, length: int) -> None:
    make, cache = Maker(), Cache(tmp_path)
    cache.arrays("times", "key", make)
    whole = only_file(tmp_path).read_bytes()
    only_file(tmp_path).write_bytes(whole[:length])
    assert_same(cache.arrays("times", "key", make))
    assert make.times == 2
    assert only_file(tmp_path).read_bytes() == whole


def test_no_altered_byte_of_content_goes_unnoticed(tmp_path: Path) -> None:
    make, cache = Maker(), Cache(tmp_path)
    cache.arrays("times", "key", make)
    whole = only_file(tmp_path).read_bytes()
    head = len(b"siting cache 1\n") + 8 + int.from_bytes(whole[15:23], "little")
    for at in [*range(head), whole.index(ARRAYS["minutes"].tobytes()) + 9]:
        altered = bytearray(whole)
        altered[at] ^= 4
        only_file(tmp_path).write_bytes(altered)
        assert_same(cache.arrays("times", "key", make))


def test_the_longest_unused_make_room(tmp_path: Path) -> None:
    size = 10_000
    cache = Cache(tmp_path, most_bytes=25_000)
    for k, key in enumerate("abc"):
        cache.arrays("x", key, lambda: {"x": np.zeros(size, dtype=np.uint8)})
        if k < 2:
            os.utime(tmp_path / f"x-{key}.arrays", ns=(k, k))
        if key == "b":
            cache.arrays("x", "a", Maker())  # now the other is the longest unused
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x-a.arrays", "x-c.arrays"]
    cache.arrays("x", "large", lambda: {"x": np.zeros(30_000, dtype=np.uint8)})
    assert not (tmp_path / "x-large.arrays").exists()


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    make = Maker()
    assert_same(Cache(tmp_path / "file").arrays("times", "key", make))
    assert_same(NO_CACHE.arrays("times", "key", make))
    assert make.times == 2


def test_the_environment_moves_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path / "elsewhere"))
    assert default_cache().folder == tmp_path / "elsewhere"
    monkeypatch.delenv(FOLDER_VARIABLE)
    assert default_cache().folder is not None


@pytest.mark.parametrize("command", [["run", "base"], ["compare", "base", "north"]])
def test_the_command_line_can_do_without(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def note(*_: object, cache: Cache | None, **__: object) -> None:
        asked.append(cache)
        raise SitingError

    monkeypatch.setattr(study, command[0], note)
    cli.main(command)
    cli.main([*command, "--no-cache"])
    assert asked == [None, NO_CACHE]


def test_what_fails_to_be_made_leaves_nothing(tmp_path: Path) -> None:
    def fail() -> dict[str, np.ndarray]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        Cache(tmp_path).arrays("times", "key", fail)
    assert not list(tmp_path.iterdir())


def test_digests_tell_types_shapes_and_values_apart() -> None:
    parts: list[tuple[object, ...]] = [
        ("a",),
        ("b",),
        ("a", "b"),
        ("ab",),
        (1,),
        (1.0,),
        (np.arange(4),),
        (np.arange(4).reshape(2, 2),),
        (np.arange(4, dtype=np.int32),),
        (np.zeros(0),),
    ]
    assert len({digest_of(*each) for each in parts}) == len(parts)  # type: ignore[arg-type]
    turned = np.arange(6).reshape(2, 3).T
    assert digest_of(turned) == digest_of(turned.copy())


def test_two_processes_at_once_see_whole_files_only(tmp_path: Path) -> None:
    script = (
        "import sys, numpy as np; from pathlib import Path; from siting.cache import Cache\n"
        "cache = Cache(Path(sys.argv[1]), most_bytes=3_000_000)\n"
        "for turn in range(60):\n"
        "    key = turn % 5\n"
        "    found = cache.arrays('x', str(key), lambda: {'x': np.full(100_000, key)})['x']\n"
        "    assert (found == key).all()\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert not list(tmp_path.glob("*.part"))
