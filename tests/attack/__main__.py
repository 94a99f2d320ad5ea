"""The attack as a command; see the package."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import small_counts

from siting import saved

from .judging import Report, attack, false_rows
from .made_up import compared, put_out, spoils_of
from .neighbours import attack_by_neighbours
from .reading import counted, read
from .silence import attack_by_silence
from .spoils import Spoils

DESCRIPTION = """
Attack what siting wrote. Folders: what compare, run, analyse and sweep wrote of one dataset, attacked
together (an analysis or a sweep beside the run of the same scenario). --made-up: counties of whole counts
drawn by these seeds, each file alone and all together; with --smallest, a comparison by each of these counts
(the first is promised), with its workbook, all together. --neighbours: which figures tell two
datasets apart that differ by one person. --silence: what else does where all records are the same.
The exit code is 1 if anything is recovered, or told beyond the records, 2 if an inequality is false.
"""
N_NEIGHBOURS = 8


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m attack", description=DESCRIPTION)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--made-up", nargs="+", type=int, default=[], metavar="SEED")
    parser.add_argument("--smallest", nargs="+", type=int, default=[], metavar="K")
    parser.add_argument("--neighbours", nargs="+", type=int, default=[], metavar="SEED")
    parser.add_argument("--silence", nargs="+", type=int, default=[], metavar="SEED")
    parser.add_argument(
        "--groups", type=int, default=60, help="groups of each municipality that are attacked"
    )
    options = parser.parse_args(arguments)
    code = 0
    if options.folders:
        code = max(code, _attack_folders(options.folders, options.groups))
    for seed in options.made_up:
        if options.smallest:
            code = max(code, _attack_by_several(seed, options.smallest, options.groups))
        else:
            code = max(code, _attack_made_up(seed, options.groups))
    if options.neighbours:
        _tell_neighbours(options.neighbours)
    for seed in options.silence:
        code = max(code, _attack_by_silence(seed))
    return code


def _attack_folders(folders: Sequence[Path], most_groups: int) -> int:
    """Municipality by municipality."""
    spoils = _spoils_of(folders)
    demand = spoils[0].outcomes[0].region.demand
    equations = read(spoils)
    codes = np.array(demand.municipality_codes)
    blocks = {name: codes == code for code, name in spoils[0].outcomes[0].region.municipality_names.items()}
    _say(f"inequalities by source: {counted(equations)}")
    if wrong := false_rows(equations, demand.youths):
        sys.stderr.write(f"{len(wrong)} inequalities are false, such as {wrong[0]}\n")
        return 2
    total = Report()
    for name, block in blocks.items():
        found = attack(equations, demand.youths, [block], whole=False, most_groups=most_groups)
        _say("\n    ".join((f"{name}: {found}", *found.recovered)))
        total += found
    _say(f"{total}")
    return int(bool(total.recovered))


def _spoils_of(folders: Sequence[Path]) -> list[Spoils]:
    """Open each folder; an analysis or a sweep beside the run of its scenario."""
    found, runs = [], {}
    for folder in folders:
        if (folder / "comparison.json").is_file():
            alternatives = saved.compare(folder)
            found.append(Spoils(alternatives.outcomes, folder, alternatives=alternatives))
        elif (folder / "plan.json").is_file():
            found.append(Spoils(saved.reopen(folder), folder))
        runs |= {each.scenario.name: each for spoil in found for each in spoil.outcomes}
    for folder in folders:
        for name in ("analysis.json", "sweep.json"):
            if (folder / name).is_file():
                scenario = Spoils((), folder).record(name)["scenario"]["name"]
                found.append(Spoils((runs[scenario],), folder))
    return found


def _attack_made_up(seed: int, most_groups: int) -> int:
    youths = small_counts.draw(seed)
    with tempfile.TemporaryDirectory() as folder:
        put_out(Path(folder), youths)
        spoils = spoils_of(Path(folder))
        alone = {name: [each] for name, each in spoils.items()}
        everything = {"everything": list(spoils.values())}
        code = 0
        for name, attacked in (alone | everything).items():
            equations = read(attacked)
            if wrong := false_rows(equations, youths):
                sys.stderr.write(f"{name}: {len(wrong)} inequalities are false, such as {wrong[0]}\n")
                return 2
            everywhere = np.full(len(youths), True)
            found = attack(equations, youths, [everywhere], whole=True, most_groups=9 * most_groups)
            _say("\n    ".join((f"seed {seed}, {name}: {found}", *found.recovered)))
            code = max(code, int(bool(found.recovered)))
    return code


def _attack_by_several(seed: int, smallest: Sequence[int], most_groups: int) -> int:
    """One comparison, put out by several smallest counts: the first is what the dataset's terms promise."""
    youths = small_counts.draw(seed)
    with tempfile.TemporaryDirectory() as folder:
        spoils = [
            compared(Path(folder) / f"by-{k}", youths, k=k, terms=smallest[0], with_workbook=True)
            for k in smallest
        ]
        equations = read(spoils)
    if wrong := false_rows(equations, youths):
        sys.stderr.write(f"{len(wrong)} inequalities are false, such as {wrong[0]}\n")
        return 2
    found = attack(equations, youths, [np.full(len(youths), True)], whole=True, most_groups=9 * most_groups)
    by = ", ".join(map(str, smallest))
    _say("\n    ".join((f"seed {seed}, files by {by}: {found}", *found.recovered)))
    return int(bool(found.recovered))


def _tell_neighbours(seeds: Sequence[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        told = attack_by_neighbours(Path(folder), seeds, N_NEIGHBOURS, say=_say)
    _say(f"{told.n_pairs} pairs, {told.n_told} told apart, {told.n_by_plans} by another plan")
    for kind in sorted(told.figures, key=lambda kind: -told.share(kind)):
        counts = f"{told.pairs[kind]:3d} pairs, {told.figures[kind]:4d} of {told.n_figures[kind]:5d} figures"
        _say(f"{told.share(kind):.3f} {counts}  {kind}")


def _attack_by_silence(seed: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        found = attack_by_silence(Path(folder), seed, put_out)
    if found is None:
        _say(f"seed {seed}: no two datasets with the same records were found")
        return 0
    _say("\n    ".join((f"seed {seed}: {len(found)} files differ though all records are the same", *found)))
    return int(bool(found))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
