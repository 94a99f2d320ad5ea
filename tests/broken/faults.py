"""Faults that any file can have, and hostile texts that any field can hold."""

from __future__ import annotations

import os
import random
import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

MARKUP = (
    "<img src=x onerror=alert(1)>",
    "${alert(1)}",
    '=HYPERLINK("http://127.0.0.1/")',
    "\x1b[2J\x1b[31mred",
    "one\nsiting: two",
    "\u202egpj.exe",
)
"""Markup, formulas, what a terminal obeys, and what would look like a line of its own."""
PATHS = {
    "above": "../../../../../../etc/passwd",
    "absolute": "/etc/passwd",
    "drive letter": "C:\\Windows\\win.ini",
    "UNC": "\\\\server\\share\\file.csv",
    "UNC by slashes": "//server/share/file.csv",
    "address": "file:///etc/passwd",
    "address of the net": "http://127.0.0.1:9/file.csv",
    "GDAL's own": "/vsicurl/http://127.0.0.1:9/file.gpkg",
    "longer than any disk has": "x" * 5_000,
    "zero byte": "a\0b.csv",
    "markup": "<script>alert(1)</script>.csv",
    "a device": "/dev/zero",
}


AT_THE_END = "truncated before its end"


def any_file(name: str, *, but: tuple[str, ...] = ()) -> dict[str, Callable[[Path], object]]:
    """Faults of the file of a name in the folder."""
    faults: dict[str, Callable[[Path], object]] = {
        "missing": lambda folder: (folder / name).unlink(),
        "empty": lambda folder: (folder / name).write_bytes(b""),
        "one byte": lambda folder: (folder / name).write_bytes(b"x"),
        "blank": lambda folder: (folder / name).write_bytes(b"\n \n\t\n"),
        "truncated to a tenth": lambda folder: truncate(folder / name, 0.1),
        "truncated to a half": lambda folder: truncate(folder / name, 0.5),
        AT_THE_END: lambda folder: truncate(folder / name, 0.98),
        "noise": lambda folder: (folder / name).write_bytes(random.Random(1).randbytes(3_000)),
        "zero bytes": lambda folder: (folder / name).write_bytes(bytes(3_000)),
        "noise in the middle": lambda folder: noise_in_the_middle(folder / name),
        "a folder": lambda folder: _instead(folder / name).mkdir(),
        "a link to itself": lambda folder: _instead(folder / name).symlink_to(folder / name),
        "a link to nothing": lambda folder: _instead(folder / name).symlink_to(folder / "nothing"),
        "a pipe": lambda folder: os.mkfifo(_instead(folder / name)),
        "a link to a device": lambda folder: _instead(folder / name).symlink_to("/dev/zero"),
    }
    return {fault: breaks for fault, breaks in faults.items() if fault not in but}


def any_text(name: str, *, but: tuple[str, ...] = ()) -> dict[str, Callable[[Path], object]]:
    """Faults of a text file that should be UTF-8."""
    faults: dict[str, Callable[[Path], object]] = {
        "UTF-16": lambda folder: encode(folder / name, "utf-16"),
        "UTF-16 without mark": lambda folder: encode(folder / name, "utf-16-le"),
        "UTF-32": lambda folder: encode(folder / name, "utf-32"),
        "ISO-8859-1": lambda folder: encode(folder / name, "iso-8859-1"),
        "EBCDIC": lambda folder: encode(folder / name, "cp500"),
        "half a sign": lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + b"\xc3"),
    }
    return {**any_file(name, but=but), **{k: v for k, v in faults.items() if k not in but}}


def replaced(name: str, old: str, new: str, *, times: int = 1) -> Callable[[Path], object]:
    """Break a text file by putting one text in the place of another, which must be there."""

    def breaks(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, f"{name} holds no {old!r}"
        (folder / name).write_text(text.replace(old, new, times), encoding="utf-8", errors="surrogatepass")

    return breaks


def written(name: str, content: str | bytes) -> Callable[[Path], object]:
    """Break a file by writing something else."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(raw)


def in_turn(*breaks: Callable[[Path], object]) -> Callable[[Path], object]:
    """Break in several ways, one after the other."""

    def all_of(folder: Path) -> None:
        for each in breaks:
            each(folder)

    return all_of


def truncate(path: Path, share: float) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def noise_in_the_middle(path: Path, share: float = 0.5, n_bytes: int = 64) -> None:
    content = bytearray(path.read_bytes())
    start = int(len(content) * share)
    content[start : start + n_bytes] = random.Random(2).randbytes(n_bytes)
    path.write_bytes(bytes(content))


NOISES = {
    f"{n} bytes of noise at {share:.0%}": (share, n)
    for share in (0.02, 0.2, 0.4, 0.6, 0.8, 0.95)
    for n in (2, 200)
}
"""Where in a binary file noise may stand, and how much of it."""


def noises(name: str) -> dict[str, Callable[[Path], object]]:
    """Give noise at many places of a binary file: what it hits may be read all the same."""

    def at(share: float, n_bytes: int) -> Callable[[Path], object]:
        return lambda folder: noise_in_the_middle(folder / name, share, n_bytes)

    return {fault: at(*place) for fault, place in NOISES.items()}


def encode(path: Path, encoding: str) -> None:
    path.write_bytes(path.read_text(encoding="utf-8").encode(encoding, "replace"))


def _instead(path: Path) -> Path:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    return path


def zipped(path: Path, parts: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def unzipped(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {each: archive.read(each) for each in archive.namelist()}


def in_zip(name: str, part: str, old: str, new: str) -> Callable[[Path], object]:
    """Break one part of a zip by replacing text, which must be there."""

    def breaks(folder: Path) -> None:
        parts = unzipped(folder / name)
        text = parts[part].decode("utf-8")
        assert old in text, f"{part} of {name} holds no {old!r}"
        zipped(folder / name, {**parts, part: text.replace(old, new, 1).encode("utf-8", "surrogatepass")})

    return breaks


def bomb_in_zip(name: str, part: str, megabytes: int) -> Callable[[Path], object]:
    """Put a part that unpacks to much into a zip."""

    def breaks(folder: Path) -> None:
        parts = unzipped(folder / name)
        head = parts.pop(part, b"")
        _write_bomb(folder / name, parts, part, head, megabytes)

    return breaks


def _write_bomb(path: Path, parts: Mapping[str, bytes], part: str, head: bytes, megabytes: int) -> None:
    zipped(path, parts)
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open(part, "w", force_zip64=True) as out,
    ):
        out.write(head)
        for _ in range(megabytes):
            out.write(b" " * 1_000_000)


def lying_zip(name: str) -> Callable[[Path], object]:
    """Let the zip's list say that its parts are small, and the parts be as they are."""

    def breaks(folder: Path) -> None:
        content = bytearray((folder / name).read_bytes())
        at = 0
        while (at := content.find(b"PK\x01\x02", at)) >= 0:
            content[at + 24 : at + 28] = (1).to_bytes(4, "little")
            at += 4
        (folder / name).write_bytes(bytes(content))

    return breaks
