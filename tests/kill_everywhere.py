"""Kills every command at every change that it makes to files, and sees what is left.

    python tests/kill_everywhere.py                      all commands, every fault, at every change (an hour)
    python tests/kill_everywhere.py --every 10 sweep     two of them, at every tenth change

Each command runs over the results of an earlier run. After each fault nothing half-written may lie under a
final name, and never a mix of earlier and new files; after a full disk all is as it was, and the exit code
says so. Then the same command is run to its end over what is left: it gives the bytes of an undisturbed run
and clears what the fault left behind. Not run by pytest; `tests/test_faults.py` does the short ones.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import shutil
import sqlite3
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jsonschema
import toy
from faulty import Ended, Fault, Warm, compiled

from siting.errors import OutputError

SCHEMAS = Path(__file__).parents[1] / "siting" / "schemas"
SECONDS = re.compile(rb'(?<="seconds": )[0-9.e-]+|(?<=L\xc3\xb6sningstid )[0-9,]+|(?<=Solved in )[0-9.]+')
FAULTS: tuple[Fault, ...] = ("kill before", "kill amid", "full disk", "broken once")
DAY = "2026-11-28"


@dataclass(frozen=True)
class Case:
    """A command, that which wrote the earlier results, and the folder that both write to."""

    earlier: tuple[str, ...]
    command: tuple[str, ...]
    out: str = "out"


CASES = {
    "seal": Case((), ("seal", "changed"), "changed"),
    "map": Case(("run", "other.yaml"), ("map", "results", "--out", "out"), "out"),
    "sweep": Case(
        ("sweep", "toy.yaml", "--vary", "choice.n_satellites=1,2"),
        ("sweep", "other.yaml", "--vary", "choice.n_satellites=0,1,2"),
    ),
    "analyse": Case(
        ("analyse", "toy.yaml", "near-best", "municipalities"),
        ("analyse", "other.yaml", "near-best", "stages"),
    ),
    "report": Case(
        ("report", "results", "--date", DAY), ("report", "compared", "--date", DAY, "--language", "en")
    ),
    "run": Case(("run", "toy.yaml"), ("run", "other.yaml", "--language", "en")),
    "compare": Case(
        ("compare", "toy.yaml", "third.yaml"), ("compare", "toy.yaml", "other.yaml", "--language", "en")
    ),
    "build": Case(
        ("build", "sources/sources.yaml"), ("build", "sources/renamed.yaml", "--out", "out", "--replace")
    ),
}


class BrokenError(AssertionError):
    """What is left is not what is promised."""


def demand(is_so: object, message: str) -> None:
    if not is_so:
        raise BrokenError(message)


def content(folder: Path) -> dict[str, bytes]:
    """The files under final names."""
    if not folder.is_dir():
        return {}
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def left_behind(folder: Path) -> list[str]:
    return [path.name for path in (*folder.glob(".*"), *folder.parent.glob(f".{folder.name}.*"))]


@cache
def schema(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


def require_whole(name: str, text: bytes, like: bytes) -> None:
    """See that a file is whole, as that of an undisturbed run is."""
    suffix = Path(name).suffix
    if suffix == ".json":
        record = json.loads(text)
        jsonschema.validate(record, schema(record["format"].removeprefix("siting-")))
    elif suffix == ".html":
        demand(text.rstrip().endswith(b"</html>"), f"{name} is cut off")
    elif suffix in (".xlsx", ".docx"):
        demand(zipfile.ZipFile(io.BytesIO(text)).testzip() is None, f"{name} is no whole archive")
    elif suffix == ".pdf":
        demand(text.rstrip().endswith(b"%%EOF"), f"{name} is cut off")
    elif suffix == ".gpkg":
        require_whole_layers(name, text, like)
    else:
        demand(text == like, f"{name} is not as an undisturbed run writes it")


def require_whole_layers(name: str, text: bytes, like: bytes) -> None:
    def layers(content: bytes) -> dict[str, int]:
        with tempfile.NamedTemporaryFile(suffix=".gpkg") as file:
            file.write(content)
            file.flush()
            base = sqlite3.connect(file.name)
            demand(base.execute("PRAGMA integrity_check").fetchall() == [("ok",)], f"{name} is corrupt")
            names = [row[0] for row in base.execute("SELECT table_name FROM gpkg_contents ORDER BY 1")]
            rows = {each: base.execute(f'SELECT count(*) FROM "{each}"').fetchone()[0] for each in names}
            base.close()
            return rows

    demand(layers(text) == layers(like), f"{name} lacks layers or rows")


def same(name: str, one: bytes, other: bytes) -> bool:
    """Whether two runs wrote the same file; a GeoPackage holds the time, plans the seconds they took."""
    if name.endswith(".gpkg"):
        return True  # its layers are held against each other
    return SECONDS.sub(b"", one) == SECONDS.sub(b"", other)


class Trial:
    """One command, met by faults in a folder of its own."""

    def __init__(self, name: str, work: Path, warm: Warm) -> None:
        self.name, self.case, self.work, self.warm = name, CASES[name], work, warm
        self.out = work / self.case.out
        self.cache = work / "cache"
        shutil.rmtree(self.out, ignore_errors=True)
        self._arrange()
        if self.case.earlier:
            self.require_well(self.run(self.case.earlier))
        self.keep = work / "earlier"
        shutil.rmtree(self.keep, ignore_errors=True)
        if self.out.is_dir():
            shutil.copytree(self.out, self.keep)
        self.earlier = content(self.out)
        ended = self.run(self.case.command)
        self.require_well(ended)
        self.n_changes, self.new = ended.n_changes, content(self.out)
        self.gone = self.earlier.keys() - self.new.keys()

    def _arrange(self) -> None:
        if self.name == "seal":
            shutil.copytree(self.work / "data", self.out)
            manifest = self.out / "dataset.yaml"
            manifest.write_text(manifest.read_text(encoding="utf-8").replace("rows: 2\n", "rows: 3\n"))

    def run(self, command: Sequence[str], fault: Fault = "none", at: int = 0) -> Ended:
        out = () if "--out" in command or self.name == "seal" else ("--out", self.case.out)
        (ended,) = self.warm.run(
            (*command, *out), cwd=self.work, fault=fault, at=at, SITING_CACHE=str(self.cache)
        )
        return ended

    def require_well(self, ended: Ended) -> None:
        demand(ended.code == 0, f"{self.name} ends with {ended.code}: {ended.told}")

    def restore(self) -> None:
        for folder in (self.out, self.cache, *self.work.glob(f".{self.out.name}.*")):
            shutil.rmtree(folder, ignore_errors=True)
        if self.keep.is_dir():
            shutil.copytree(self.keep, self.out)

    def meet(self, fault: Fault, at: int, *, goes_on: bool) -> Ended:
        """Let a fault come at a change, and see what is left."""
        self.restore()
        ended = self.run(self.case.command, fault, at)
        found = content(self.out)
        earlier = {name for name, text in found.items() if self.earlier.get(name) == text}
        new = found.keys() - earlier
        either = {name for name in earlier if self.new.get(name) == found[name]}
        for name in new:
            demand(name in self.new, f"{name} is none of the command's files")
            require_whole(name, found[name], self.new[name])
        are_earlier, are_new = found == self.earlier, new | either == self.new.keys()
        kept = (earlier - either) & (self.new.keys() | self.gone)
        if len(self.new.keys() - either) > 1 and self.name != "map":
            demand(not (new and kept), f"a mix: new {sorted(new)}, earlier {sorted(kept)}")
        if not ended.was_killed:
            self._require_an_answer(ended, fault, are_earlier=are_earlier, are_new=are_new)
        if any(name.endswith(".json") for name in found):
            demand(are_earlier or are_new, f"a record beside less than its files: {sorted(found)}")
        if goes_on:
            self._require_recovery()
        return ended

    def _require_an_answer(self, ended: Ended, fault: Fault, *, are_earlier: bool, are_new: bool) -> None:
        if ended.code == 0:
            demand(are_new, f"a command that ended well has not written all: {ended.told}")
            return
        demand(ended.code == OutputError.exit_code, f"exit code {ended.code}: {ended.told}")
        demand("Traceback" not in ended.told, ended.told)
        demand("\nsiting: " in f"\n{ended.told}", f"no sentence: {ended.told}")
        demand(are_earlier or (fault == "broken once" and are_new), "a failed command changed something")
        demand(not left_behind(self.out) or fault == "broken once", f"left: {left_behind(self.out)}")

    def _require_recovery(self) -> None:
        self.require_well(self.run(self.case.command))
        found = content(self.out)
        demand(found.keys() == self.new.keys(), f"after a second run: {sorted(found)}")
        for name, text in found.items():
            demand(same(name, text, self.new[name]), f"{name} of a second run differs")
            require_whole(name, text, self.new[name])
        demand(not left_behind(self.out), f"a second run leaves {left_behind(self.out)}")


def prepare(work: Path, warm: Warm) -> None:
    """Write what the commands read."""
    sys.path.append(str(Path(__file__).with_name("sources")))
    from test_build import write_cells, write_edges, write_municipalities, write_recipe, write_sites

    toy.write_dataset(work / "data")
    toy.write_scenario(work, "toy")
    toy.write_scenario(work, "other", choice={"n_main": 1, "n_satellites": 2})
    toy.write_scenario(work, "third", choice={"n_main": 2, "n_satellites": 0})
    sources = work / "sources"
    sources.mkdir()
    for write in (write_municipalities, write_cells, write_sites, write_edges):
        write(sources)
    write_recipe(sources, title={"sv": "Nytt", "en": "New"}).rename(sources / "renamed.yaml")
    write_recipe(sources)
    for command in (
        ("run", "toy.yaml", "--out", "results"),
        ("compare", "toy.yaml", "other.yaml", "--out", "compared"),
    ):
        (ended,) = warm.run(command, cwd=work, SITING_CACHE=str(work / "cache"))
        demand(ended.code == 0, ended.told)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commands", nargs="*", metavar="command", help=f"of {', '.join(CASES)}; default: all")
    parser.add_argument("--every", type=int, default=1, help="meet every n-th change only")
    parser.add_argument("--go-on-every", type=int, default=5, help="run on after every n-th fault")
    parser.add_argument("--fault", choices=FAULTS, action="append")
    options = parser.parse_args(arguments)
    wrong, counts = 0, Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        library = compiled(work)
        with Warm(library) as warm:
            prepare(work, warm)
            for name in options.commands or CASES:
                trial = Trial(name, work, warm)
                for fault in options.fault or FAULTS[: None if library else 1]:
                    met = Counter[str]()
                    for index, at in enumerate(range(1, trial.n_changes + 1, options.every)):
                        try:
                            ended = trial.meet(fault, at, goes_on=index % options.go_on_every == 0)
                        except (
                            BrokenError,
                            ValueError,
                            jsonschema.ValidationError,
                            zipfile.BadZipFile,
                        ) as error:
                            wrong += 1
                            sys.stdout.write(f"{name}, {fault} at {at}: {str(error)[:2000]}\n")
                            continue
                        how = "killed" if ended.was_killed else f"exit code {ended.code}"
                        met[how] += 1
                    counts.update({f"{fault}, {how}": n for how, n in met.items()})
                    sys.stdout.write(f"{name:8} {trial.n_changes:5} changes, {fault}: {dict(met)}\n")
                    sys.stdout.flush()
    sys.stdout.write(f"{wrong} wrong; {dict(counts)}\n")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
