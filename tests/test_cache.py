from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from siting import cli, study
from siting.cache import FOLDER_VARIABLE, NO_CACHE, SIGN, Cache, are_like, default_cache, digest_of
from siting.errors import InputError, SitingError
from siting.hierarchy import Topology

ARRAYS = {
    "minutes": np.arange(12, dtype=np.float32).reshape(3, 4),
    "open": np.array([True, False, True]),
    "none": np.zeros((0, 2)),
}


KEY = digest_of("key")
posix_only = pytest.mark.skipif(os.name != "posix", reason="files have no owners and modes there")


def any_arrays(_: object) -> bool:
    return True


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
    assert_same(cache.arrays("times", KEY, make, fits=any_arrays))
    kept = cache.arrays("times", KEY, make, fits=any_arrays)
    assert_same(kept)
    assert make.times == 1
    with pytest.raises(ValueError, match="read-only"):
        kept["minutes"][0, 0] = 1
    cache.arrays("times", digest_of("other"), make, fits=any_arrays)
    assert make.times == 2


@pytest.mark.parametrize("length", [0, 5, 20, 100, -1, -64])
def test_a_cut_file_is_made_anew(tmp_path: Path, length: int) -> None:
    make, cache = Maker(), Cache(tmp_path)
    cache.arrays("times", KEY, make, fits=any_arrays)
    whole = only_file(tmp_path).read_bytes()
    only_file(tmp_path).write_bytes(whole[:length])
    assert_same(cache.arrays("times", KEY, make, fits=any_arrays))
    assert make.times == 2
    assert only_file(tmp_path).read_bytes() == whole


def test_no_altered_byte_of_content_goes_unnoticed(tmp_path: Path) -> None:
    make, cache = Maker(), Cache(tmp_path)
    cache.arrays("times", KEY, make, fits=any_arrays)
    whole = only_file(tmp_path).read_bytes()
    head = len(b"siting cache 1\n") + 8 + int.from_bytes(whole[15:23], "little")
    for at in [*range(head), whole.index(ARRAYS["minutes"].tobytes()) + 9]:
        altered = bytearray(whole)
        altered[at] ^= 4
        only_file(tmp_path).write_bytes(altered)
        assert_same(cache.arrays("times", KEY, make, fits=any_arrays))


def test_the_longest_unused_make_room(tmp_path: Path) -> None:
    size = 10_000
    cache = Cache(tmp_path, most_bytes=25_000)
    a, b, c, large = (digest_of(each) for each in ("a", "b", "c", "large"))
    for k, key in enumerate((a, b, c)):
        cache.arrays("times", key, lambda: {"x": np.zeros(size, dtype=np.uint8)}, fits=any_arrays)
        if k < 2:
            os.utime(tmp_path / f"times-{key}.arrays", ns=(k, k))
        if key == b:
            cache.arrays("times", a, Maker(), fits=any_arrays)  # now the other is the longest unused
    assert {path.name for path in tmp_path.iterdir()} == {f"times-{a}.arrays", f"times-{c}.arrays"}
    cache.arrays("times", large, lambda: {"x": np.zeros(30_000, dtype=np.uint8)}, fits=any_arrays)
    assert not (tmp_path / f"times-{large}.arrays").exists()


def test_room_is_made_of_nothing_but_the_cache_s_own_files(tmp_path: Path) -> None:
    foreign = (
        "thesis.arrays",
        "film.part",
        "times-1.arrays",
        f"cells-{KEY}.arrays",
        f"times-{KEY}.arrays.bak",
    )
    own = (f"kilometres-{digest_of(1)}.arrays", f"hierarchy-{digest_of(2)}-ab_c1234.part")
    for name in (*foreign, *own):
        (tmp_path / name).write_bytes(bytes(1000))
    Cache(tmp_path, most_bytes=900).arrays("times", KEY, Maker(), fits=any_arrays)
    assert {path.name for path in tmp_path.iterdir()} == {*foreign, f"times-{KEY}.arrays"}


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    make = Maker()
    assert_same(Cache(tmp_path / "file").arrays("times", KEY, make, fits=any_arrays))
    assert_same(NO_CACHE.arrays("times", KEY, make, fits=any_arrays))
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
        Cache(tmp_path).arrays("times", KEY, fail, fits=any_arrays)
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
        "import sys, numpy as np; from pathlib import Path; from siting.cache import Cache, digest_of\n"
        "cache = Cache(Path(sys.argv[1]), most_bytes=3_000_000)\n"
        "for turn in range(60):\n"
        "    key = turn % 5\n"
        "    make = lambda: {'x': np.full(100_000, key)}\n"
        "    found = cache.arrays('times', digest_of(key), make, fits=lambda _: True)['x']\n"
        "    assert (found == key).all()\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)]) for _ in range(2)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0]
    assert not list(tmp_path.glob("*.part"))


def folder_and_file(tmp_path: Path) -> tuple[Path, Path]:
    """Make a cache folder with one file."""
    Cache(tmp_path / "cache").arrays("times", KEY, Maker(), fits=any_arrays)
    return tmp_path / "cache", only_file(tmp_path / "cache")


def times_made(folder: Path) -> int:
    make = Maker()
    assert_same(Cache(folder).arrays("times", KEY, make, fits=any_arrays))
    return make.times


@posix_only
def test_new_folders_are_for_the_user_alone(tmp_path: Path) -> None:
    Cache(tmp_path / "one" / "two").arrays("times", KEY, Maker(), fits=any_arrays)
    assert [(tmp_path / each).stat().st_mode & 0o777 for each in ("one", "one/two")] == [0o700, 0o700]


@posix_only
@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_may_write_is_made_anew(tmp_path: Path, mode: int) -> None:
    folder, file = folder_and_file(tmp_path)
    file.chmod(mode)
    assert (times_made(folder), times_made(folder)) == (1, 0)


@posix_only
def test_a_folder_that_others_may_write_is_neither_read_nor_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder, file = folder_and_file(tmp_path)
    folder.chmod(0o777)
    assert times_made(folder) == 1
    assert "only you can write" in caplog.text
    file.unlink()
    assert times_made(folder) == 1
    assert not list(folder.iterdir())


@posix_only
def test_links_and_pipes_are_not_followed(tmp_path: Path) -> None:
    folder, file = folder_and_file(tmp_path)
    moved = file.rename(tmp_path / "elsewhere")
    file.symlink_to(moved)
    assert (times_made(folder), times_made(folder)) == (1, 0)
    assert not file.is_symlink()
    file.unlink()
    os.mkfifo(file)
    assert times_made(folder) == 1


@posix_only
def test_what_belongs_to_another_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, _ = folder_and_file(tmp_path)
    another = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: another)
    assert (times_made(folder), times_made(folder)) == (1, 1)


@pytest.mark.parametrize(
    "head",
    [
        b"[" * 100_000,
        b"{}",
        b"null",
        b'{"bytes": 0, "arrays": [{}], "checksum": 0}',
        b'{"bytes": 0, "arrays": [{"name": "a", "type": "O", "shape": [9], "at": 0}], "checksum": 0}',
        b'{"bytes": 0, "arrays": [{"name": "a", "type": "(", "shape": [1e99], "at": 0}], "checksum": 0}',
        b'{"bytes": 0, "arrays": [{"name": "a", "type": "V9", "shape": [9999999999999], "at": -1}]}',
    ],
)
def test_a_foreign_head_is_made_anew(tmp_path: Path, head: bytes) -> None:
    folder, file = folder_and_file(tmp_path)
    start = SIGN + len(head).to_bytes(8, "little") + head
    file.write_bytes(start + bytes(-len(start) % 64))
    assert (times_made(folder), times_made(folder)) == (1, 0)


def test_arrays_that_are_not_what_was_asked_for_are_made_anew(tmp_path: Path) -> None:
    folder, _ = folder_and_file(tmp_path)
    expected = {name: (array.dtype, array.shape) for name, array in ARRAYS.items()}
    others = [
        {**ARRAYS, "more": np.zeros(1)},
        {name: ARRAYS[name] for name in ("minutes", "open")},
        {**ARRAYS, "minutes": np.zeros((3, 4))},
        {**ARRAYS, "minutes": np.zeros((4, 3), dtype=np.float32)},
        {**ARRAYS, "minutes": np.zeros(12, dtype=np.float32)},
    ]
    for other in others:
        Cache(folder).arrays("times", KEY, lambda other=other: other, fits=lambda _: False)  # type: ignore[misc]
        make = Maker()
        for _ in range(2):
            found = Cache(folder).arrays("times", KEY, make, fits=lambda found: are_like(found, expected))
            assert_same(found)
        assert make.times == 1
    assert are_like(ARRAYS, {**expected, "minutes": (np.float32, (3, None))})


SOUND = {
    "number": np.array([2, 0, 1], dtype=np.int32),
    "up_start": np.array([0, 2, 3, 3]),
    "up_head": np.array([1, 2, 2], dtype=np.int32),
    "arc": np.array([0, -1, 2]),
    "upwards": np.array([True, False, True]),
}


def test_a_sound_topology_is_taken() -> None:
    assert Topology(**SOUND).is_sound()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("number", [3, 0, 1]),
        ("number", [-1, 0, 1]),
        ("up_start", [1, 2, 3, 3]),
        ("up_start", [0, 2, 3, 4]),
        ("up_start", [0, 4, 3, 3]),
        ("up_start", [0, 2, -9, 3]),
        ("up_head", [1, 3, 2]),
        ("up_head", [1, -1, 2]),
        ("up_head", [0, 2, 2]),  # a way round in a circle
        ("arc", [0, -2, 2]),
        ("arc", [0, -1, 3]),
    ],
)
def test_indices_out_of_bounds_reach_no_compiled_code(name: str, values: list[int]) -> None:
    altered = {**SOUND, name: np.array(values, dtype=SOUND[name].dtype)}
    assert not Topology(**altered).is_sound()


def test_a_home_folder_may_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, "~/kept")
    assert default_cache().folder == Path.home() / "kept"
    monkeypatch.setenv(FOLDER_VARIABLE, "~no-such-user/kept")
    with pytest.raises(InputError, match="~no-such-user"):
        default_cache()


def test_machine_code_need_not_be_kept() -> None:
    script = (
        "import sys, logging, siting\n"
        "assert 'numba' not in sys.modules\n"
        "logging.basicConfig(level=logging.INFO, format='%(name)s %(message)s')\n"
        "from numba.core.caching import CacheImpl\n"
        "CacheImpl._locator_classes = []  # as where no folder can be written\n"
        "import numpy as np\n"
        "from siting.hierarchy import topology_of\n"
        "made = topology_of(3, np.array([0, 1]), np.array([1, 2]), np.zeros((3, 2)))\n"
        "assert made.is_sound()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "siting.compiled machine code is not kept (cannot cache function" in done.stderr
