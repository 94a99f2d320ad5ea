"""Every assumption of a scenario with its value and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..scenario_travel import BusMode, FastestOf, MatrixMode, RoadMode
from ..sites import Role
from .modes import by_mode
from .tables import TableView, age_span
from .tours import clock, days_text
from .words import read_texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from ..scenario import DemandSection, Scenario
    from ..scenario_base import BasedSection, Text
    from .words import Words

SHARES: Final = ("prevalence", "share_of_visits_needing_main", "share_reached")
MINUTES_PER_HOUR: Final = 60
MODE_KEYS: Final = {RoadMode: "roads_mode", BusMode: "bus_mode", MatrixMode: "matrix_mode"}
Line = tuple[str, str, str]  # name, basis, value


def assumptions_tables(
    scenario: Scenario, words: Words, *, measured: Collection[str] = ()
) -> dict[str, TableView]:
    """Tables by their headings: need, travel, waiting and digital contact, receptions and teams.

    `measured` are the kinds of roads ("bicycle", "walk") whose minutes the dataset has itself.
    """
    sections = {
        "demand": tuple(_demand(scenario, words)),
        "access": tuple(_access(scenario, words)),
        "travel": (*_fields("travel", scenario.travel, words), *_modes(scenario, words, measured)),
        "roles": tuple(_roles(scenario, words)),
    }
    columns = tuple(words(f"column.{key}") for key in ("assumption", "basis", "value"))
    return {
        words(f"report.assumptions_{name}"): TableView(columns, lines, n_text_columns=2)
        for name, lines in sections.items()
    }


def _demand(scenario: Scenario, words: Words) -> Iterator[Line]:
    demand = scenario.demand
    yield _line("demand.ages", age_span(scenario), demand.basis.get("ages"), words)
    for name, group in demand.risk_groups.items():
        title = getattr(demand.risk_groups[name].title, words.language)
        for field in type(group).model_fields:
            if field in ("title", "basis", "gender_factors"):
                continue
            value = getattr(group, field)
            text = words.exact_percent(value) if field in SHARES else words.plain(value)
            yield _line(f"group.{field}", text, group.basis.get(field), words, group=title)
        for gender, factor in group.gender_factors.items():
            basis = group.basis.get("gender_factors")
            yield _line("group.gender_factors", words.plain(factor), basis, words, group=title, name=gender)
    yield from _by_name("gender_shares", demand, words)
    yield from _by_name("municipality_factors", demand, words)


def _by_name(field: str, demand: DemandSection, words: Words) -> Iterator[Line]:
    values: Mapping[str, float] = getattr(demand, field)
    write = words.exact_percent if field == "gender_shares" else words.plain
    known = read_texts(words.language)["gender"] if field == "gender_shares" else {}
    for name, value in values.items():
        label = str(known.get(name, name))
        yield _line(f"demand.{field}", write(value), demand.basis.get(field), words, name=label)


def _access(scenario: Scenario, words: Words) -> Iterator[Line]:
    access = scenario.access
    waiting = words.plain(access.waiting_minutes_per_day)
    yield _line("access.waiting_minutes_per_day", waiting, access.basis.get("waiting_minutes_per_day"), words)
    for service in ("main", "near"):
        minutes = getattr(access.digital_minutes, service)
        text = words("field.not_offered") if minutes is None else words.plain(minutes)
        yield _line(f"access.digital_minutes_{service}", text, access.basis.get("digital_minutes"), words)


def _modes(scenario: Scenario, words: Words, measured: Collection[str]) -> Iterator[Line]:
    for name, mode in scenario.travel.modes.items():
        key, by = MODE_KEYS.get(type(mode)), by_mode(scenario, words, name)
        if isinstance(mode, FastestOf):
            parts = words.list_of([by_mode(scenario, words, each) for each in mode.fastest_of])
            yield _line("fastest_of", parts, mode.basis.get("fastest_of"), words, mode=by)
        if isinstance(mode, BusMode):
            estimate = words("field.estimate")
            yield _line("bus_mode.timetable", estimate, mode.basis.get("timetable"), words, mode=by)
        if isinstance(mode, MatrixMode):
            yield _line("matrix_mode.matrix", mode.matrix, mode.basis.get("matrix"), words, mode=by)
        if key is not None:
            lines = _fields(key, mode, words, mode=by)
            if isinstance(mode, RoadMode) and mode.roads in measured:
                yield _line("roads_mode.measured", words("field.from_roads"), None, words, mode=by)
                speed = words("field.roads_mode.speed_km_per_hour", mode=by)
                lines = (line for line in lines if line[0] != speed)
            yield from lines


def _roles(scenario: Scenario, words: Words) -> Iterator[Line]:
    roles = scenario.roles
    yield from _fields("roles", roles, words)
    for name in (*Role, "team"):
        yield from _fields(str(name), getattr(roles, name), words)


def _fields(key: str, section: BasedSection, words: Words, **names: str) -> Iterator[Line]:
    """Give the numbers of a section; sections within it have lines of their own."""
    for field in type(section).model_fields:
        value = getattr(section, field)
        if field != "basis" and isinstance(value, int | float | tuple):
            text = _value(key, field, value, words)
            yield _line(f"{key}.{field}", text, section.basis.get(field), words, **names)


def _value(key: str, field: str, value: float | tuple[int, ...], words: Words) -> str:
    if field == "weeks_between_visits" and isinstance(value, tuple):
        return ", ".join(days_text(Role.STOP, 1 / weeks, words) for weeks in value)
    if isinstance(value, tuple):
        return ", ".join(words.plain(each) for each in value)
    if (key, field) == ("team", "leaves_at_hour"):
        return clock(MINUTES_PER_HOUR * value)
    return words.plain(value)


def _line(key: str, value: str, basis: Text | None, words: Words, **names: str) -> Line:
    rests_on = str(getattr(basis, words.language)) if basis else words("field.no_basis")
    return words(f"field.{key}", **names), rests_on, value
