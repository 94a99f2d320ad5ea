"""Kills what is more than one process: a sweep with workers, and runs that write to PostGIS.

    python tests/kill_processes.py                      all
    python tests/kill_processes.py database --every 5   one of them, at every fifth message to the database

`worker` kills one of a sweep's two workers at many moments: the sweep ends well, with the bytes of an
undisturbed one. `sweep` kills the process that started them: no worker outlives it, nothing half-written is
found, and the same command then gives those bytes. `database` kills a run before, and half-way through, each
message to the database: its tables are all of the earlier run, or all of the new one.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import postgis_server
import toy
from faulty import Fault, Warm, compiled
from kill_everywhere import BrokenError, content, demand, left_behind

VARIED = ("--vary", "choice.standard_minutes=10,20,30,40,50,60", "--vary", "choice.n_satellites=0,1,2")
MOMENTS = 6
ENDING_SECONDS = 60.0
"""So long workers may live on without the process that started them."""


def sweep(work: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "siting", "sweep", "toy.yaml", *VARIED, "--workers", "2", "--out", "out"],
        cwd=work,
        env={**os.environ, "SITING_CACHE": str(work / "cache")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def below(pid: int) -> list[int]:
    """The processes that one has started, and those that these have started."""
    found: list[int] = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # it is no more
            continue
        if parent == pid:
            found += [int(folder.name), *below(int(folder.name))]
    return found


def workers_of(pid: int) -> list[int]:
    """Those of them that work: spawned, and no keeper of resources."""
    found = []
    for each in below(pid):
        try:
            if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes():
                found.append(each)
        except OSError:
            continue
    return found


def kill_sweeps(work: Path, what: str) -> Iterator[str]:
    """Kill a worker, or the sweep itself, at moments spread over the time that it takes."""
    start = time.monotonic()
    process = sweep(work)
    demand(process.communicate()[1] is not None and process.returncode == 0, "an undisturbed sweep fails")
    seconds, new = time.monotonic() - start, content(work / "out")
    for moment in range(1, MOMENTS + 1):
        for path in (work / "out").iterdir():
            path.unlink()
        process = sweep(work)
        time.sleep(seconds * moment / (MOMENTS + 1))
        started = workers_of(process.pid)
        victim = process.pid if what == "sweep" else started[-1] if started else None
        if victim is None or process.poll() is not None:
            process.communicate()
            yield "nobody to kill yet"
            continue
        os.kill(victim, signal.SIGKILL)
        told = process.communicate()[1].decode()
        if what == "sweep":
            require_end(started)
            demand(content(work / "out") in ({}, new), "a killed sweep leaves half of its files")
            again = sweep(work)
            told, process = again.communicate()[1].decode(), again
        demand(process.returncode == 0, f"exit code {process.returncode}: {told}")
        demand(content(work / "out") == new, "the sweep gives other bytes")
        demand(not left_behind(work / "out"), f"left: {left_behind(work / 'out')}")
        yield "known results taken up" if "are known" in told else "killed"


def require_end(processes: list[int]) -> None:
    deadline = time.monotonic() + ENDING_SECONDS
    while alive := [each for each in processes if Path(f"/proc/{each}/cwd").exists()]:
        demand(time.monotonic() < deadline, f"workers live on: {alive}")
        time.sleep(0.2)


@contextmanager
def database(work: Path) -> Iterator[tuple[Warm, postgis_server.Server]]:
    with postgis_server.running() as server, Warm(compiled(work), "siting.postgis", "psycopg") as warm:
        yield warm, server


def tables(server: postgis_server.Server) -> dict[str, list[tuple[object, ...]]]:
    """All that is in the schema that a run writes."""
    names = server.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'siting' ORDER BY 1")
    return {name: server.execute(f'SELECT * FROM siting."{name}" ORDER BY 1') for (name,) in names}


def kill_writers(work: Path, every: int) -> Iterator[str]:
    for name, satellites in (("earlier", 1), ("new", 2)):
        (work / name).mkdir()
        toy.write_scenario(
            work / name, dataset=str(work / "data"), choice={"n_main": 1, "n_satellites": satellites}
        )
    with database(work) as (warm, server):

        def run(name: str, fault: Fault = "none", at: int = 0) -> tuple[int, str, int]:
            (ended,) = warm.run(
                ("run", f"{name}/toy.yaml", "--out", server.address()),
                cwd=work,
                fault=fault,
                at=at,
                of_messages=True,
                SITING_CACHE=str(work / "cache"),
            )
            return ended.code, ended.told, ended.n_changes

        def written(name: str) -> dict[str, list[tuple[object, ...]]]:
            code, told, _ = run(name)
            demand(code == 0, told)
            return tables(server)

        new, earlier = written("new"), written("earlier")
        demand(new != earlier, "both runs write the same")
        n_messages = run("new")[2]
        for fault in ("kill before", "kill amid", "broken once"):
            for at in range(1, n_messages + 1, every):
                if tables(server) != earlier:
                    written("earlier")
                code, told, _ = run("new", fault, at)
                found = tables(server)
                demand(found in (earlier, new), f"{fault} at {at}: a mix")
                if code != -signal.SIGKILL:
                    demand(code in (0, 30) and "Traceback" not in told, f"{fault} at {at}: {code} {told}")
                yield f"database, {fault}: {'new' if found == new else 'earlier'} tables, code {code}"
        demand(written("new") == new, "a run after all this writes other rows")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="*", help="of worker, sweep, database; default: all")
    parser.add_argument(
        "--every", type=int, default=1, help="of the messages to the database every n-th only"
    )
    options = parser.parse_args(arguments)
    n_wrong = 0
    for what in options.what or ("worker", "sweep", "database"):
        with tempfile.TemporaryDirectory() as folder:
            work, counts = Path(folder), Counter[str]()
            toy.write_dataset(work / "data")
            toy.write_scenario(work, "toy")
            try:
                counts.update(
                    kill_writers(work, options.every) if what == "database" else kill_sweeps(work, what)
                )
            except BrokenError as error:
                n_wrong += 1
                sys.stdout.write(f"WRONG {what}: {str(error)[:2000]}\n")
            sys.stdout.write(f"{what}: {dict(counts)}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{n_wrong} wrong\n")
    return min(n_wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
