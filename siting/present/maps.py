"""`map_html`: one self-contained page with the interactive map of one or several plans.

The page asks the network for nothing (its content security policy forbids it), unless the scene names map
tiles: then for those alone. No name becomes markup: words travel as JSON and are set as text.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from branca.element import Element, Figure, MacroElement
from folium import Map
from jinja2 import Template

from .payload import payload

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from .scene import MapScene

POLICY: Final = (
    "base-uri 'none'; form-action 'none'; "
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
)
MAP_NAME: Final = "siting_map"
SCRIPTS: Final = (
    *("tools", "colours", "scene", "engine", "rota", "steps"),
    *("cells", "basemap", "names", "sites", "tours", "isochrones", "views"),
    *("what_if", "what_if_panel", "site_list", "step_list", "keep", "panel", "page"),
)
"""In `map/script/`, in this order: values and counting, what is drawn, what the reader works with."""


def map_html(scene: MapScene) -> str:
    """Draw the scene as one HTML page; equal scenes give equal pages."""
    page = _Page(
        language=scene.language,
        title=scene.title,
        needs_script=scene.texts["needs_script"],
        policy=POLICY if scene.tiles is None else f"{POLICY} {scene.tiles.origin}",
    )
    for name, markup in _assets():
        page.header.add_child(_Verbatim(markup), name=name)
    county = _OfflineMap()
    county.add_child(_SceneView(payload(scene)))
    page.add_child(county)
    return str(page.render())


# --- the page; Folium's own parts would fetch from the network and put names into code ---


def _assets() -> list[tuple[str, str]]:
    here = files("siting.present")
    leaflet, own = here / "vendor" / "leaflet", here / "map"
    licence = f"/* Leaflet\n{(leaflet / 'LICENSE').read_text('utf-8')}*/\n"  # it asks to go along with copies
    return [
        ("leaflet_css", f"<style>{(leaflet / 'leaflet.css').read_text('utf-8')}</style>"),
        ("map_css", f"<style>{(own / 'map.css').read_text('utf-8')}</style>"),
        ("leaflet_js", f"<script>{licence}{(leaflet / 'leaflet.js').read_text('utf-8')}</script>"),
        ("map_js", f"<script>{_script(own / 'script')}</script>"),
    ]


def _script(folder: Traversable) -> str:
    """Join the scripts into one that shows nothing to the page but the function that draws."""
    parts = [(folder / f"{name}.js").read_text("utf-8") for name in SCRIPTS]
    return "\n".join(['"use strict";\nconst showSitingMap = (() => {', *parts, "return showScene;\n})();"])


class _Verbatim(Element):
    """Text that goes into the page as it stands: an `Element` would read it as a Jinja template once more."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_kwargs: object) -> str:
        return self._text


class _Page(Figure):
    """The document around the map: language, title and policy, which a `Figure` does not write."""

    _template = Template(
        """<!DOCTYPE html>
<html lang="{{ this.language | e }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ this.policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{{ this.title | e }}</title>
{{ this.header.render(**kwargs) }}
</head>
<body>
<noscript>{{ this.needs_script | e }}</noscript>
{{ this.html.render(**kwargs) }}
<script>
"use strict";
{
{{ this.script.render(**kwargs) }}
}
</script>
</body>
</html>
"""
    )

    def __init__(self, *, language: str, title: str, needs_script: str, policy: str) -> None:
        super().__init__(title=title)
        self.language = language
        self.needs_script = needs_script
        self.policy = policy
        self.header = Element()  # without the meta element of Figure: the policy has to come first
        self.header._parent = self


class _OfflineMap(Map):
    """A Folium map that brings nothing with it: no scripts, no styles, no tiles."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012  # Folium types it as an instance variable
    default_css: list[tuple[str, str]] = []  # noqa: RUF012
    _template = Template(
        """
{% macro html(this, kwargs) %}
<main class="siting">
<section class="panel" id="siting_panel"></section>
<section class="folium-map" id="{{ this.get_name() }}"></section>
</main>
{% endmacro %}
{% macro script(this, kwargs) %}
const {{ this.get_name() }} = L.map("{{ this.get_name() }}", {
    attributionControl: false, zoomControl: false, zoomSnap: 0.25, minZoom: 5, maxZoom: 15, inertia: false,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
});
{% endmacro %}
"""
    )

    def __init__(self) -> None:
        super().__init__(tiles=None)

    def get_name(self) -> str:
        """Return the same name each time, not Folium's random one, so that pages can be compared."""
        return MAP_NAME


class _SceneView(MacroElement):
    """Hands the scene to map.js: as JSON in an element that is never run."""

    _data = Template('<script type="application/json" id="siting_scene">{{ scene | tojson }}</script>')

    def __init__(self, scene: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._scene = scene

    def render(self, **_kwargs: object) -> str:
        """Add data and call as they are: branca reads what macros give as a template again."""
        page = self.get_root()
        if not isinstance(page, Figure):
            msg = "a scene is rendered as part of a page"
            raise TypeError(msg)
        page.html.add_child(_Verbatim(self._data.render(scene=self._scene)), name="scene")
        page.script.add_child(_Verbatim(f"showSitingMap({MAP_NAME});"), name="show")
        return ""
