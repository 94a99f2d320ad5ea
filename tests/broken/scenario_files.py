"""Broken scenarios: `siting show FILE`, and `siting run` where what a scenario names is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import toy

from . import faults
from .case import Kind
from .faults import any_text, in_turn, replaced, written

FILE = "toy.yaml"
HEAD = "title: {sv: Leksak, en: Toy}\n"


def whole(folder: Path) -> None:
    toy.write_dataset(folder / "data")
    toy.write_scenario(folder)
    text = (folder / FILE).read_text(encoding="utf-8")
    (folder / FILE).write_text(text.replace("Leksak", "Lekåkern"), encoding="utf-8")


def chain_of_files(n: int) -> Callable[[Path], object]:
    """Files that each extend the next."""

    def breaks(folder: Path) -> None:
        (folder / FILE).write_text("extends: s0.yaml\n", encoding="utf-8")
        for k in range(n):
            (folder / f"s{k}.yaml").write_text(f"extends: s{k + 1}.yaml\n", encoding="utf-8")
        (folder / f"s{n}.yaml").write_text("extends: nothing.yaml\n", encoding="utf-8")

    return breaks


def billion_laughs(levels: int = 9, wide: int = 9) -> str:
    """A text of a few hundred bytes that aliases unfold to `wide` ** `levels` values."""
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    for k in range(1, levels):
        lines.append(f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * wide)}]")
    return "\n".join(lines) + "\n"


def merging_laughs(levels: int = 30) -> str:
    """The same by merge keys, of which each doubles."""
    lines = ["a0: &a0 {x0: 1}"]
    for k in range(1, levels):
        lines.append(f"a{k}: &a{k}\n  <<: [*a{k - 1}, *a{k - 1}]\n  x{k}: *a{k - 1}")
    return "\n".join(lines) + "\n"


BOMBS = {
    "aliases bomb": written(FILE, billion_laughs()),
    "aliases bomb by merging": written(FILE, merging_laughs()),
    "alias of itself": written(FILE, "a: &a [*a]\n"),
    "alias of itself in a mapping": written(FILE, "a: &a {b: *a}\n"),
    "alias of the whole": written(FILE, "&a\nname: x\nb: *a\n"),
    "merge of itself": written(FILE, "a: &a\n  <<: *a\n"),
    "deep lists": written(FILE, "a: " + "[" * 5_000 + "]" * 5_000 + "\n"),
    "deep lists without end": written(FILE, "a: " + "[" * 100_000),
    "deep mappings": written(FILE, "a: " + "{a: " * 3_000 + "1" + "}" * 3_000 + "\n"),
    "deep by indents": written(FILE, "".join(f"{' ' * k}a:\n" for k in range(600))),
    "deep by dashes": written(FILE, "a:\n  " + "- " * 3_000 + "x\n"),
    "questions without end": written(FILE, "? " * 3_000 + "x\n"),
    "a long line": written(FILE, f"name: {'x' * 5_000_000}\n"),
    "a long number": written(FILE, f"name: toy\nchoice: {{n_main: {'9' * 10_000}}}\n"),
    "a long number in base 60": written(FILE, f"name: {':'.join(['59'] * 20_000)}\n"),
    "many keys": written(FILE, "".join(f"k{k}: 1\n" for k in range(60_000))),
    "many documents": written(FILE, "---\nname: x\n" * 2_000),
    "a million rows": written(FILE, "rows:\n" + "- a\n" * 1_000_000),
}
TAGS = {
    "a tag that runs code": written(FILE, 'name: !!python/object/apply:os.system ["touch pwned"]\n'),
    "a tag of its own": written(FILE, "name: !Loader x\n"),
    "a binary tag": written(FILE, "name: !!binary aGVq\n"),
    "a set": written(FILE, "name: !!set {a, b}\n"),
    "an ordered map": written(FILE, "name: !!omap [a: 1]\n"),
    "a date that is none": written(FILE, "name: 2026-99-99\n"),
    "a time of its own": written(FILE, "name: 2026-11-28T25:99:99Z\n"),
    "a float tag on text": written(FILE, "name: !!float x\n"),
    "an int tag on text": written(FILE, "name: !!int x\n"),
    "an int tag on a list": written(FILE, "name: !!int [1]\n"),
    "a null key": written(FILE, "? \n: x\n"),
    "a list for a key": written(FILE, "? [a, b]\n: x\n"),
    "a mapping for a key": written(FILE, "? {a: b}\n: x\n"),
    "a version of YAML": written(FILE, "%YAML 9.9\n---\nname: x\n"),
    "a version that is none": written(FILE, "%YAML x\n---\nname: x\n"),
    "a directive": written(FILE, "%TAG ! tag:x,2000:\n---\nname: !x y\n"),
    "a tab": written(FILE, "name:\n\tx: y\n"),
    "a bell": written(FILE, "name: \x07x\n"),
    "half a surrogate": written(FILE, 'name: "\\ud800"\n'),
    "duplicated key": replaced(FILE, "dataset:", "dataset: other\ndataset:"),
    "a list of all": written(FILE, "- a\n- b\n"),
    "only a text": written(FILE, "base\n"),
    "only a comment": written(FILE, "# nothing\n"),
    "JSON of a plan": written(FILE, '{"format": "siting-plan"}'),
}


def _number(key: str, value: str) -> Callable[[Path], object]:
    return replaced(FILE, f"{key}:", f"{key}: {value} #")


NUMBERS = {
    f"{key} {value}": _number(key, value)
    for key, values in {
        "prevalence": (".nan", ".inf", "-.inf", "-0.5", "1e308", "1e400", "0x1F", "'0.5'", "true", "[0.5]"),
        "n_main": (".nan", "-1", "1e30", "1000000000000", "99999999999999999999999", "1.5", "null", "{}"),
        "access_speed_km_per_hour": (".nan", ".inf", "-3", "0", "1e308", "'60'"),
    }.items()
    for value in values
}
NAMES = {
    f"name {word!r}": in_turn(replaced(FILE, "title:", f"name: {word!r}\ntitle:"))
    for word in ("../../x", "/etc/x", "C:\\x", "\\\\s\\x", "a/b", "", " ", "CON", "x" * 300)
}
KEYS = {
    f"a key of {word!r}": written(FILE, HEAD + f"{_quoted}: 1\n")
    for word in faults.MARKUP
    for _quoted in [
        '"' + word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\x1b", "\\e") + '"'
    ]
}
EXTENDS = {
    f"extends {what}": written(FILE, f"extends: {_text}\n")
    for what, path in faults.PATHS.items()
    for _text in ["'" + path + "'" if "\0" not in path else '"a\\0b.yaml"']
} | {
    "extends itself": written(FILE, f"extends: {FILE}\n"),
    "extends a list": written(FILE, "extends: [base.yaml]\n"),
    "extends a circle": in_turn(written(FILE, "extends: b.yaml\n"), written("b.yaml", f"extends: {FILE}\n")),
    "extends a folder": written(FILE, "extends: data\n"),
    "extends a chain": chain_of_files(200),
    "extends a long chain": chain_of_files(1_500),
    "extends_sha256 of a list": written(FILE, "extends: base.yaml\nextends_sha256: [1]\n"),
    "extends_sha256 alone": written(FILE, "extends_sha256: x\n"),
    "worse than a plan above": written(FILE, "extends: base\nchoice: {nobody_worse_than: {plan: ../x}}\n"),
    "worse than itself": written(FILE, "extends: base\nchoice: {nobody_worse_than: {plan: toy}}\n"),
    "worse than a long name": written(
        FILE, f"extends: base\nchoice: {{nobody_worse_than: {{plan: {'x' * 5000}}}}}\n"
    ),
    "worse than a zero byte": written(FILE, 'extends: base\nchoice: {nobody_worse_than: {plan: "a\\0b"}}\n'),
    "choice that is a list": written(FILE, "extends: base\nchoice: [1]\n"),
    "choice that is a text": written(FILE, "extends: base\nchoice: x\n"),
    "basis that is a list": written(FILE, "extends: base\ntravel: {basis: [1]}\n"),
    "basis that is a text": written(FILE, "extends: base\ntravel: {speed_factor: 1.5, basis: x}\n"),
    "basis of a parent that is a list": in_turn(
        written(FILE, "extends: b.yaml\ndemand: {basis: [1]}\n"), written("b.yaml", "extends: base\n")
    ),
}
DATASETS = {
    f"dataset {what}": replaced(FILE, "dataset: data", f"dataset: {_text}")
    for what, path in faults.PATHS.items()
    for _text in ["'" + path + "'" if "\0" not in path else '"a\\0b"']
} | {
    "dataset that is a file": in_turn(replaced(FILE, "dataset: data", "dataset: toy.yaml")),
    "dataset of nothing": replaced(FILE, "dataset: data", "dataset: ''"),
}


def kinds() -> list[Kind]:
    return [
        Kind(
            "scenario",
            whole,
            ["show", FILE],
            frozenset({11}),
            {**any_text(FILE), **BOMBS, **TAGS, **NUMBERS, **NAMES, **KEYS, **EXTENDS},
            big=frozenset({"a million rows", "a long line", "many keys"}),
        ),
        Kind(
            "scenario's dataset",
            whole,
            ["run", FILE, "--out", "out", "--no-cache"],
            frozenset({12}),
            DATASETS,
            whole_is_read=False,
        ),
    ]
