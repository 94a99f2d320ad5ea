// ---- base map ----

function addPanes(map) {
    // Markers are at 600: names of open sites lie over them, all other names under.
    const panes = { borders: 210, cells: 220, roads: 230, isochrones: 235, highlight: 240, tours: 245, names: 250, "open-names": 610 };
    for (const [name, zIndex] of Object.entries(panes)) {
        const pane = map.createPane(name);
        pane.style.zIndex = zIndex;
        pane.style.pointerEvents = "none";
        // Leaflet hides this class while it animates a zoom: old squares at a new scale would mislead.
        if (!["borders", "roads", "isochrones", "highlight", "tours"].includes(name)) pane.classList.add("leaflet-zoom-hide");
    }
}

function addBaseMap(map, scene) {
    const below = L.svg({ pane: "borders", padding: 0.3 });
    const above = L.svg({ pane: "roads", padding: 0.3 });
    const quiet = { interactive: false };
    const ground = { ...quiet, renderer: below, fillColor: "#fbfaf6", fillOpacity: 1, color: "#fbfaf6", weight: 1 };
    const border = { ...quiet, renderer: above, fill: false, color: "#5f5f5f", weight: 1, dashArray: "5 3" };
    const borders = L.geoJSON(scene.borders, ground).addTo(map);
    const water = { ...quiet, renderer: below, fillColor: "#cfe3ee", fillOpacity: 1, color: "#9cc3d8", weight: 1 };
    L.geoJSON(scene.lakes, water).addTo(map);
    const shapesOf = (isMain) => scene.roads.filter((road) => road.isMain === isMain).map((road) => road.points);
    L.polyline(shapesOf(false), { ...quiet, renderer: above, color: "#8d8d8d", weight: 0.8 }).addTo(map);
    L.polyline(shapesOf(true), { ...quiet, renderer: above, color: "#4d4d4d", weight: 1.6 }).addTo(map);
    L.geoJSON(scene.borders, border).addTo(map);
    return borders;
}

function wholeArea(scene, borders) {
    const bounds = borders.getBounds();
    scene.sites.forEach((site) => bounds.extend(site.position));
    return bounds;
}

/** An online map under all, from the one host that the page may ask; only when the reader wants it. */
function tileToggle(app) {
    const { scene, map } = app;
    const { texts, tiles } = scene;
    const host = new URL(tiles.url).host;
    // Leaflet would take an attribution for HTML: it stands in our own corner instead.
    const layer = L.tileLayer(tiles.url, { maxZoom: 19, zIndex: 1 });
    const toggle = ({ target }) => {
        if (target.checked) layer.addTo(map);
        else layer.remove();
        document.body.classList.toggle("tiled", target.checked);
        drawAttribution(app, target.checked ? tiles.attribution : "");
    };
    return keyToggle(element("span", { class: "line tiles" }), fill(texts.show_tiles, { host }), false, toggle);
}
