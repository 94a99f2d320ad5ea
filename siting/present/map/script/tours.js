// ---- tours of the travelling teams: along the roads; straight and dashed where nobody has planned the way ----

// More tours than this would hide the map; then they are drawn when the reader asks for them.
const MOST_TOURS_AT_FIRST = 6;
// Clear of the buttons in the corner.
const POPUP = { maxWidth: 280, autoPanPaddingTopLeft: [52, 8] };

function stopsOf(app, tour) {
    return tour.sites.slice(1, -1).map((position) => app.scene.sites[position]);
}

function stopNames(app, tour) {
    return stopsOf(app, tour).map((site) => site.shortName).join(" – ");
}

function showsTours(app) {
    return app.wantsTours ?? app.plan.tours.length <= MOST_TOURS_AT_FIRST;
}

function drawTours(app) {
    const { layers, map, plan } = app;
    layers.tours.clearLayers();
    if (plan.tours.length === 0 || !showsTours(app)) return;
    const style = { pane: "tours", renderer: app.tourRenderer, fill: false };
    const lines = plan.tours.map((tour) => tour.line);
    L.polyline(lines, { ...style, color: "#ffffff", weight: 5, opacity: 0.85, interactive: false }).addTo(layers.tours);
    const dashArray = plan.tours.some(({ isStraight }) => isStraight) ? "6 5" : null;
    L.polyline(lines, { ...style, color: TEAM_COLOUR, weight: 2.5, dashArray, interactive: false }).addTo(layers.tours);
    plan.tours.forEach((tour, index) => {
        // Wide enough for a finger, and not seen until it is pointed at.
        const line = L.polyline(lines[index], { ...style, color: TEAM_COLOUR, weight: 16, opacity: 0 });
        // Not bindTooltip: its listeners would make each line a stop on the way with the keyboard, beside the list.
        const tooltip = L.tooltip({ direction: "top", offset: [0, -6] }).setContent(tourTooltip(app, tour));
        line.on({
            mouseover({ latlng }) {
                line.setStyle({ opacity: 0.35 });
                tooltip.setLatLng(latlng).openOn(map);
            },
            mousemove: ({ latlng }) => tooltip.setLatLng(latlng),
            mouseout() {
                line.setStyle({ opacity: 0 });
                tooltip.close();
            },
            remove: () => tooltip.close(),
            click(event) {
                L.DomEvent.stop(event);
                tooltip.close();
                openTour(app, tour, event.latlng);
            },
        });
        line.addTo(layers.tours);
    });
}

function tourTooltip(app, tour) {
    return element("div", {},
        element("strong", {}, tour.title),
        element("div", {}, tour.team),
        element("div", {}, stopNames(app, tour)),
        element("div", {}, tour.driving));
}

function tourCard(app, tour) {
    return element("div", { class: "card" },
        element("h2", {}, tour.title),
        element("p", {}, tour.team),
        factTable(tour.schedule, "facts schedule"),
        element("p", {}, tour.driving));
}

/** Tell about a tour, and draw it thick while its card is open. */
function openTour(app, tour, latlng) {
    const { line } = tour;
    const casing = { pane: "tours", renderer: app.tourRenderer, fill: false, color: "#ffffff", weight: 9, interactive: false };
    const frame = L.layerGroup([
        L.polyline(line, casing), L.polyline(line, { ...casing, color: TEAM_COLOUR, weight: 5 }),
    ]).addTo(app.map);
    L.popup({ ...POPUP, offset: [0, -2], maxHeight: Math.max(140, app.map.getSize().y - 60) })
        .setLatLng(latlng)
        .setContent(tourCard(app, tour))
        .on("remove", () => frame.remove())
        .openOn(app.map);
}

/** Bring a tour into view; its card stands at the northernmost place, so that it hides little of it. */
function visitTour(app, tour) {
    const { line } = tour;
    const above = app.map.getSize().y * 0.35;
    app.map.fitBounds(line, {
        animate: false, maxZoom: 10, paddingTopLeft: [60, above], paddingBottomRight: [40, 30],
    });
    openTour(app, tour, line.reduce((a, b) => (b[0] > a[0] ? b : a)));
}
