"""What the analysis itself assumes, with what it rests on: a table beside the scenario's own assumptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...variants.distributions import Beta, Normal, Triangular, Uniform, read_distribution
from ..assumptions import SHARES
from ..tables import TableView
from ..words import read_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.analyse import Analysis
    from ...scenario_analysis import NoiseSection
    from ...scenario_base import BasedSection
    from .shown import Shown

WINTER: Final = "winter"  # a share of the visits
YEARS: Final = "years_ahead"
GROUP_KEY: Final = "demand.risk_groups."
FACTOR_KEY: Final = "demand.municipality_factors."
NOISE: Final = ("cells", "municipalities", "municipal_need")
Line = tuple[str, str, str]  # name, basis, value


def name_of(key: str, shown: Shown) -> str:
    """Name what is not known in readers' words; a key that no text knows keeps its own name."""
    words = shown.words
    texts = read_texts(words.language)
    if key in texts["analysis"]["sure"]["field"]:
        return words(f"analysis.sure.field.{key}")
    if key.startswith(GROUP_KEY):
        group, _, name = key.removeprefix(GROUP_KEY).partition(".")
        section = shown.outcome.scenario.demand.risk_groups.get(group)
        if section is not None and name in texts["field"]["group"]:
            return words(f"field.group.{name}", group=getattr(section.title, words.language), name="")
    if key.startswith(FACTOR_KEY):
        return words("field.demand.municipality_factors", name=key.removeprefix(FACTOR_KEY))
    section_name, _, name = key.partition(".")
    if section_name == "travel" and name in texts["field"]["travel"]:
        return words(f"field.travel.{name}")
    return key


def is_share(key: str) -> bool:
    """Whether what is not known is a share, to be read as per cent."""
    return key.rpartition(".")[2] in (*SHARES, WINTER)


def value_text(key: str, value: float | None, shown: Shown) -> str:
    """Write a value of what is not known to three digits; shares as per cent."""
    if value is None:
        return shown.words("unit.unknown")
    digits = float(f"{value:.3g}")
    if is_share(key):
        return shown.words.exact_percent(digits)
    return shown.words.plain(digits)


def drawn_text(key: str, written: str, shown: Shown) -> str:
    """Say in words what something is drawn from."""
    words = shown.words
    if key in NOISE:
        return _field_text(written, shown)

    def write(value: float) -> str:
        return value_text(key, value, shown)

    match read_distribution(written):
        case Uniform(low, high):
            return words("analysis.sure.drawn.uniform", low=write(low), high=write(high))
        case Triangular(low, mode, high):
            return words("analysis.sure.drawn.triangular", low=write(low), high=write(high), mode=write(mode))
        case Normal(mean, sd):
            return words("analysis.sure.drawn.normal", mean=write(mean), deviation=write(sd))
        case Beta(yes, no):
            counts = {"yes": words.plain(yes), "n": words.plain(yes + no)}
            return words("analysis.sure.drawn.beta", **counts)
    return written


def _field_text(written: str, shown: Shown) -> str:
    """Say in words how far numbers of a field lie from what they are taken to be."""
    _, _, deviation = written.rstrip(")").partition(",")
    try:
        share = float(deviation)
    except ValueError:  # the dataset says how sure it is of each cell
        return shown.words("analysis.sure.drawn.standard_error")
    return shown.words("analysis.sure.drawn.field", deviation=shown.words.exact_percent(share))


def analysis_assumptions(analysis: Analysis, shown: Shown) -> TableView:
    """Tell what the parts that were done assume."""
    lines: list[Line] = []
    if analysis.near_best is not None:
        lines += _near(shown)
    if analysis.uncertainty is not None:
        lines += _drawn(shown)
    if analysis.accessibility is not None:
        lines += _zones(shown)
    columns = tuple(shown.words(f"column.{key}") for key in ("assumption", "basis", "value"))
    return TableView(columns, tuple(lines), n_text_columns=2)


def _near(shown: Shown) -> Iterator[Line]:
    within = shown.words.exact_percent(shown.outcome.scenario.analysis.near_best.within)
    yield shown.words("analysis.assumed.within"), shown.words("field.no_basis"), within


def _drawn(shown: Shown) -> Iterator[Line]:
    section, words = shown.outcome.scenario.analysis.uncertainty, shown.words
    for key, written in section.draw.items():
        yield name_of(key, shown), _basis(section, "draw", shown), drawn_text(key, written, shown)
    yield from _noise(section.noise, shown)
    if section.winter is not None:
        winter, where = section.winter, "analysis.assumed"
        text = drawn_text(WINTER, winter.share_of_visits, shown)
        yield name_of(WINTER, shown), _basis(winter, "share_of_visits", shown), text
        for field in ("road_time_factor", "access_time_factor"):
            value = words.plain(getattr(winter, field))
            yield words(f"{where}.{field}"), _basis(winter, field, shown), value
    if section.forecast is not None:
        text = drawn_text(YEARS, section.forecast.years_ahead, shown)
        yield name_of(YEARS, shown), _basis(section.forecast, "years_ahead", shown), text
    yield words("analysis.assumed.draws"), _basis(section, "draws", shown), words.number(section.draws)


def _noise(noise: NoiseSection, shown: Shown) -> Iterator[Line]:
    for name in NOISE:
        if deviation := getattr(noise, name):
            text = drawn_text(name, f"lognormal(1,{deviation:g})", shown)
            yield name_of(name, shown), _basis(noise, name, shown), text


def _zones(shown: Shown) -> Iterator[Line]:
    section, words = shown.outcome.scenario.analysis.accessibility, shown.words
    ends = ", ".join(words.plain(each) for each in section.zones_minutes)
    yield words("analysis.assumed.zones_minutes"), _basis(section, "zones_minutes", shown), ends
    weights = ", ".join(words.exact_percent(each) for each in section.zone_weights)
    yield words("analysis.assumed.zone_weights"), _basis(section, "zone_weights", shown), weights


def _basis(section: BasedSection, field: str, shown: Shown) -> str:
    basis = section.basis.get(field)
    return str(getattr(basis, shown.words.language)) if basis else shown.words("field.no_basis")
