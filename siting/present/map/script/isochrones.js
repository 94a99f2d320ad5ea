// ---- isochrones: how far one reaches within each limit, by the same classes of colours ----

function drawIsochrones(app) {
    const { layers, plan, shown, map } = app;
    layers.isochrones.clearLayers();
    if (!app.wantsIsochrones) return;
    const style = { pane: "isochrones", renderer: app.isochroneRenderer, fill: false, interactive: false };
    for (const { service, minutes, lines } of plan.isochrones) {
        if (service !== shown.service) continue;
        const colour = CLASS_COLOURS[classOf(minutes * 10)];
        L.polyline(lines, { ...style, color: "#ffffff", weight: 4.5, opacity: 0.9 }).addTo(layers.isochrones);
        L.polyline(lines, { ...style, color: colour, weight: 2.5, dashArray: dashOf(minutes) }).addTo(layers.isochrones);
        const spot = labelSpot(lines);
        if (spot) L.marker(spot, isochroneLabel(app, minutes, colour)).addTo(layers.isochrones);
    }
    map.fire("isochrones");
}

/** The farther, the more broken: the limits are told apart without colour too. */
function dashOf(minutes) {
    return minutes <= 20 ? null : minutes <= 30 ? "10 3" : minutes <= 45 ? "6 4" : "2 4";
}

/** The northernmost point of the longest line. */
function labelSpot(lines) {
    if (lines.length === 0) return null;
    const longest = lines.reduce((best, line) => (line.length > best.length ? line : best));
    return longest.reduce((best, point) => (point[0] > best[0] ? point : best));
}

function isochroneLabel({ scene }, minutes, colour) {
    const html = element("span", { class: "isochrone-label", "aria-hidden": "true" }, `${numberText(minutes)} ${scene.texts.minutes_unit}`);
    html.style.borderColor = colour;
    return { icon: L.divIcon({ html, className: "isochrone-place", iconSize: [0, 0] }), interactive: false, keyboard: false };
}
