"""Kills every command at every change that it makes to files, and sees what is left.

    python tests/kill_everywhere.py                      all commands, all faults
    python tests/kill_everywhere.py --every 10 sweep     one of them, at every tenth change

Each command runs over the results of an earlier run. After each fault every file under a final name is one of
the earlier run or one of an undisturbed run, to the byte, and never a mix of the two; after a full disk all
is as it was, and the exit code says so. Then, for each kind of remains that was not met before, the same
command is run to its end over them: it gives the bytes of an undisturbed run and clears what was left behind.

A kill leaves on the disk what was there at that moment. So it need not be made: a command that is "watched"
stops before each change, and half-way through it, until all that it would leave has been looked at. With
`--fault "kill before"` or `"kill amid"` it is killed in earnest, in a run of its own for each change.

Not run by pytest; `tests/test_faults.py` does the short ones, `tests/kill_processes.py` what is more than one
process: workers of a sweep, and databases.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import toy
from faulty import SERVICES, Ended, Fault, Warm, compiled

from siting.errors import OutputError

SECONDS = re.compile(rb'(?<="seconds": )[0-9.e-]+|(?<=L\xc3\xb6sningstid )[0-9,]+|(?<=Solved in )[0-9.]+')
FAULTS: tuple[Fault, ...] = ("watched", "full disk", "broken once", "kill before", "kill amid")
BY_DEFAULT = FAULTS[:3]
BY_LOT = re.compile(r"(?<=\.siting-draft-)\w{8}|\.[0-9a-f]{8}(?=\.(?:part|old))|-\w{8}(?=\.(?:part|records))")
"""What is drawn by lot in the names of files that are not finished."""
DAY = "2026-11-28"


@dataclass(frozen=True)
class Case:
    """A command, that which wrote the earlier results, and the folder that both write to."""

    earlier: tuple[str, ...]
    command: tuple[str, ...]
    out: str = "out"
    beside: tuple[str, ...] = ()
    """Other folders that it writes to."""
    is_many: bool = True
    """Whether it writes several files that belong together."""
    modules: tuple[str, ...] = ()
    """What it loads beside what all do."""


TO = ("--out", "out")
CASES = {
    "seal": Case((), ("seal", "changed"), "changed"),
    "verify": Case(("run", "other.yaml", *TO), ("verify", "out", "compared"), beside=("compared",)),
    "map": Case(("run", "other.yaml", *TO), ("map", "results", *TO), is_many=False),
    "sweep": Case(
        ("sweep", "toy.yaml", "--vary", "choice.n_satellites=1,2", *TO),
        ("sweep", "other.yaml", "--vary", "choice.n_satellites=0,1,2", *TO),
    ),
    "analyse": Case(
        ("analyse", "toy.yaml", "near-best", "municipalities", *TO),
        ("analyse", "other.yaml", "near-best", "stages", "uncertainty", *TO),
    ),
    "report": Case(
        ("report", "results", "--date", DAY, *TO),
        ("report", "compared", "--date", DAY, "--language", "en", *TO),
    ),
    "run": Case(
        ("run", "toy.yaml", "--internal", *TO), ("run", "other.yaml", "--language", "en", "--internal", *TO)
    ),
    "compare": Case(
        ("compare", "toy.yaml", "third.yaml", "--internal", *TO),
        ("compare", "toy.yaml", "other.yaml", "--language", "en", *TO),
    ),
    "build": Case(
        ("build", "sources/sources.yaml", *TO), ("build", "sources/renamed.yaml", *TO, "--replace")
    ),
    "fetch": Case(
        ("fetch", "Mora", "--out", "county"),
        ("fetch", "Dalarna", "--out", "county", "--replace"),
        "county",
        beside=("county-sources",),
        modules=("siting.sources.fetch",),
    ),
}


class BrokenError(AssertionError):
    """What is left is not what is promised."""


def demand(is_so: object, message: str) -> None:
    if not is_so:
        raise BrokenError(message)


def content(folder: Path) -> dict[str, bytes]:
    """Digests of the files under final names, but for the seconds that a solver took."""
    if not folder.is_dir():
        return {}
    return {path.name: digest(path) for path in sorted(folder.iterdir()) if path.is_file()}


def digest(path: Path) -> bytes:
    state = path.stat()
    return _digest(path, (state.st_ino, state.st_mtime_ns, state.st_ctime_ns, state.st_size))


@cache
def _digest(path: Path, _: tuple[int, ...]) -> bytes:
    return hashlib.sha256(SECONDS.sub(b"", path.read_bytes())).digest()


def left_behind(folder: Path) -> list[str]:
    return [path.name for path in (*folder.glob(".*"), *folder.parent.glob(f".{folder.name}.*"))]


class Trial:
    """One command, met by faults in a folder of its own."""

    def __init__(self, name: str, work: Path, warm: Warm) -> None:
        self.name, self.case, self.work, self.warm = name, CASES[name], work, warm
        self.out = work / self.case.out
        self.cache = work / "cache"
        self.keep = work / "earlier"
        self.environment = {"SITING_CACHE": str(self.cache), SERVICES: os.environ.get(SERVICES)}
        self.met: set[bytes] = set()
        for folder in (self.keep, self.out):
            shutil.rmtree(folder, ignore_errors=True)
        self._arrange()
        if self.case.earlier:
            self.require_well(self.run(self.case.earlier))
        for folder in self._folders():
            if folder.is_dir():
                shutil.copytree(folder, self.keep / folder.name)
        self.earlier = content(self.out)
        shutil.rmtree(self.cache, ignore_errors=True)
        ended = self.run(self.case.command)
        self.require_well(ended)
        self.n_changes, self.new = ended.n_changes, content(self.out)
        self.gone = self.earlier.keys() - self.new.keys()

    def _arrange(self) -> None:
        if self.name == "seal":
            shutil.copytree(self.work / "data", self.out)
            manifest = self.out / "dataset.yaml"
            manifest.write_text(manifest.read_text(encoding="utf-8").replace("rows: 2\n", "rows: 3\n"))

    def _folders(self) -> list[Path]:
        return [self.out, *(self.work / name for name in self.case.beside)]

    def run(self, command: Sequence[str], fault: Fault = "none", at: int = 0) -> Ended:
        (ended,) = self.warm.run(command, cwd=self.work, fault=fault, at=at, **self.environment)
        return ended

    def require_well(self, ended: Ended) -> None:
        demand(ended.code == 0, f"{self.name} ends with {ended.code}: {ended.told}")

    def restore(self, kept: Path | None = None) -> None:
        """Put folders back as they were before the command, or when they were kept."""
        for folder in self._places():
            shutil.rmtree(folder, ignore_errors=True)
        if (kept or self.keep).is_dir():
            shutil.copytree(kept or self.keep, self.work, dirs_exist_ok=True)

    def _places(self) -> list[Path]:
        return [*self._folders(), self.cache, *self.work.glob(f".{self.out.name}.*")]

    def watch(self) -> int:
        """Look at what a kill would leave, before each change and amid it; return how often was looked."""
        self.restore()
        n_looks, kept = 0, []
        with self.warm.watched(self.case.command, cwd=self.work, **self.environment) as stops:
            for n_looks, _ in enumerate(stops, start=1):
                self._look()
                if (remains := self._remains()) not in self.met:
                    self.met.add(remains)
                    kept.append(self.work / "remains" / str(n_looks))
                    for folder in filter(Path.is_dir, self._places()):
                        shutil.copytree(folder, kept[-1] / folder.name)
        for folder in kept:
            self.restore(folder)
            self._require_recovery()
        shutil.rmtree(self.work / "remains", ignore_errors=True)
        return n_looks

    def meet(self, fault: Fault, at: int) -> Ended:
        """Let a fault come at a change, and see what is left."""
        self.restore()
        ended = self.run(self.case.command, fault, at)
        are_earlier, are_new = self._look()
        if not ended.was_killed:
            self._require_an_answer(ended, fault, are_earlier=are_earlier, are_new=are_new)
        if (remains := self._remains()) not in self.met:
            self._require_recovery()
            self.met.add(remains)  # only now: what fails is tried again
        return ended

    def _look(self) -> tuple[bool, bool]:
        """See that files are whole and of one run; say whether all are the earlier, all the new ones."""
        found = content(self.out)
        earlier = {name for name, text in found.items() if self.earlier.get(name) == text}
        new = found.keys() - earlier
        either = {name for name in earlier if self.new.get(name) == found[name]}
        for name in new:
            demand(found[name] == self.new.get(name), f"{name} is not as an undisturbed run writes it")
        are_earlier, are_new = found == self.earlier, new | either == self.new.keys()
        kept = (earlier - either) & (self.new.keys() | self.gone)
        if self.case.is_many:
            demand(not (new and kept), f"a mix: new {sorted(new)}, earlier {sorted(kept)}")
        if any(name.endswith(".json") for name in found):
            demand(are_earlier or are_new, f"a record beside less than its files: {sorted(found)}")
        return are_earlier, are_new

    def _require_an_answer(self, ended: Ended, fault: Fault, *, are_earlier: bool, are_new: bool) -> None:
        if ended.code == 0:
            demand(are_new, f"a command that ended well has not written all: {ended.told}")
            return
        demand(ended.code == OutputError.exit_code, f"exit code {ended.code}: {ended.told}")
        demand("Traceback" not in ended.told, ended.told)
        demand("\nsiting: " in f"\n{ended.told}", f"no sentence: {ended.told}")
        demand(are_earlier or (fault == "broken once" and are_new), "a failed command changed something")
        demand(not left_behind(self.out) or fault == "broken once", f"left: {left_behind(self.out)}")

    def _remains(self) -> bytes:
        """What a fault left: names and bytes, but of files that are not finished only their names."""
        whole = hashlib.sha256()
        for name, path in sorted(self._left()):
            whole.update(f"{name} {path.is_dir()}\0".encode())
            if path.suffix == ".records":
                whole.update(str(path.stat().st_size).encode())
            if path.is_file() and BY_LOT.search(str(path.relative_to(self.work))) is None:
                whole.update(digest(path))
        return whole.digest()

    def _left(self) -> Iterator[tuple[str, Path]]:
        for folder in self._places():
            for path in (folder, *folder.rglob("*")):
                if path.exists():
                    yield BY_LOT.sub("", str(path.relative_to(self.work))), path

    def _require_recovery(self) -> None:
        self.require_well(self.run(self.case.command))
        found = content(self.out)
        demand(found.keys() == self.new.keys(), f"after a second run: {sorted(found)}")
        for name, text in found.items():
            demand(text == self.new[name], f"{name} of a second run differs")
        demand(not left_behind(self.out), f"a second run leaves {left_behind(self.out)}")


def prepare(work: Path, warm: Warm) -> None:
    """Write what the commands read."""
    sys.path.append(str(Path(__file__).with_name("sources")))
    from test_build import write_cells, write_edges, write_municipalities, write_recipe, write_sites

    toy.write_dataset(work / "data")
    toy.write_scenario(work, "toy")
    analysis = {"uncertainty": {"draws": 10, "draw": {"travel.speed_factor": "uniform(0.8,1.2)"}}}
    toy.write_scenario(work, "other", choice={"n_main": 1, "n_satellites": 2}, analysis=analysis)
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


@dataclass
class Tally:
    """What was tried, and what of it was wrong."""

    n_wrong: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def wrong(self, what: str) -> None:
        self.n_wrong += 1
        sys.stdout.write(f"WRONG {what[:2000]}\n")
        sys.stdout.flush()

    def meet_all(self, trial: Trial, fault: Fault, every: int) -> None:
        """Let a fault come at every n-th change of a command."""
        met = Counter[str]()
        for at in range(1, trial.n_changes + 1, every):
            try:
                ended = trial.meet(fault, at)
            except (BrokenError, OSError) as error:
                self.wrong(f"{trial.name}, {fault} at {at}: {error}")
                continue
            met["killed" if ended.was_killed else f"exit code {ended.code}"] += 1
        self.tell(trial, fault, met)

    def watch(self, trial: Trial) -> None:
        """Look at what kills would leave."""
        try:
            self.tell(trial, "watched", Counter({"moments": trial.watch()}))
        except (BrokenError, OSError) as error:
            self.wrong(f"{trial.name}, watched: {error}")

    def tell(self, trial: Trial, fault: Fault, met: Counter[str]) -> None:
        self.counts.update({f"{fault}, {how}": n for how, n in met.items()})
        sys.stdout.write(
            f"{trial.name:8} {trial.n_changes:5} changes, {fault}: {dict(met)}; {len(trial.met)} kinds of "
            "remains run over\n"
        )
        sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("commands", nargs="*", metavar="command", help=f"of {', '.join(CASES)}; default: all")
    parser.add_argument("--every", type=int, default=1, help="meet every n-th change only")
    parser.add_argument("--fault", choices=FAULTS, action="append")
    options = parser.parse_args(arguments)
    names, tally = options.commands or list(CASES), Tally()
    modules = sorted({module for name in names for module in CASES[name].modules})
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        library = compiled(work)
        warm = stack.enter_context(Warm(library, *modules))
        prepare(work, warm)
        if "fetch" in names:
            import fake_services

            os.environ[SERVICES] = stack.enter_context(fake_services.running()).address
        for name in names:
            trial = Trial(name, work, warm)
            for fault in options.fault or (BY_DEFAULT if library else FAULTS[3:4]):
                if fault == "watched":
                    tally.watch(trial)
                else:
                    tally.meet_all(trial, fault, options.every)
    sys.stdout.write(f"{tally.n_wrong} wrong; {dict(tally.counts)}\n")
    return min(tally.n_wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
