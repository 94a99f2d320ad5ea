// ---- sites ----

/** A square on its corner, behind the number: first its white casing, then itself. */
function diamond() {
    const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawn.setAttribute("viewBox", "-15 -15 30 30");
    for (let i = 0; i < 2; i += 1) {
        const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
        path.setAttribute("d", "M0-12 12 0 0 12-12 0Z");
        drawn.append(path);
    }
    return drawn;
}

function symbol(role, { number = "", colour = null, isEstimated = false } = {}) {
    const made = element("span", { class: `symbol ${role}${isEstimated ? " estimated" : ""}` },
        role === "stop" ? diamond() : null, String(number));
    if (colour) {
        made.style.setProperty("--fill", colour);
        made.style.color = inkOn(colour);
    }
    return made;
}

function roleOf(site, plan) {
    if (site.id in plan.roles) return plan.roles[site.id];
    return site.isCandidate ? "candidate" : "companion";
}

function siteSymbol(app, site) {
    const { plan, shown } = app;
    const badge = plan.badges.get(site.id);
    const role = roleOf(site, plan);
    const nOpen = shown.view === "certainty" ? timesOpen(app, site) : 0;
    return symbol(nOpen > 0 && role === "candidate" ? "candidate counted" : role, {
        number: nOpen || (badge?.number ?? ""),
        colour: badge && shown.view === "catchment" ? badge.colour : null,
        isEstimated: site.id in plan.roles && site.estimateNote !== "",
    });
}

/** Sites at one place: the most important in the middle, the others round it, so that none hides another. */
function spreadSites(scene, plan) {
    const places = new Map();
    const rank = (site) => ROLES.indexOf(roleOf(site, plan));
    for (const site of [...scene.sites].sort((a, b) => rank(a) - rank(b))) {
        const key = site.position.map((degrees) => degrees.toFixed(4)).join();
        places.set(key, [...(places.get(key) ?? []), site]);
    }
    for (const [centre, ...others] of places.values()) {
        centre.shift = [0, 0];
        spreadRound(centre, others, (site) => (site.id in plan.roles ? 31 : 14));
    }
}

function spreadRound(centre, others, diameterOf) {
    const diameters = others.map(diameterOf);
    let radius = (diameterOf(centre) + Math.max(0, ...diameters)) / 2;
    while (ringAngles(diameters, radius).at(-1) > 2 * Math.PI) radius += 2;
    const angles = ringAngles(diameters, radius);
    others.forEach((site, index) => {
        // From the lower left round and upwards: the name of an open site stands to the right.
        const angle = 0.75 * Math.PI + angles[index];
        site.shift = [radius * Math.cos(angle), radius * Math.sin(angle)].map(Math.round);
    });
}

/** Angles at which circles touch on a ring; the last one says where the first could stand again. */
function ringAngles(diameters, radius) {
    const angles = [0];
    diameters.forEach((diameter, index) => {
        const next = diameters[(index + 1) % diameters.length];
        angles.push(angles.at(-1) + 2 * Math.asin(Math.min(1, (diameter + next) / 4 / radius)));
    });
    return angles;
}

/** Symbols and their distances shrink a little when the whole county is seen. */
function spreadAt(zoom) {
    return zoom < 9 ? 0.75 : 1;
}

/** Where a site's symbol is drawn, in the plane of the panes. */
function symbolPoint(map, site) {
    return map.latLngToLayerPoint(site.position).add(L.point(site.shift).multiplyBy(spreadAt(map.getZoom())));
}

function siteMarker(app, site) {
    const { plan, scene } = app;
    const role = roleOf(site, plan);
    const html = siteSymbol(app, site);
    const [dx, dy] = site.shift;
    html.style.setProperty("--dx", `${dx}px`);
    html.style.setProperty("--dy", `${dy}px`);
    const isOpen = site.id in plan.roles;
    const icon = L.divIcon({ html, className: "site", iconSize: isOpen ? [28, 28] : [16, 16] });
    // Open sites are one short walk with the Tab key; the arrows go on from there to closed premises.
    const marker = L.marker(site.position, { icon, keyboard: isOpen, zIndexOffset: -1000 * ROLES.indexOf(role) });
    // What is seen comes first in what is heard.
    const words = [html.textContent, site.name, scene.texts[`role_${role}`], site.kindLabel, site.municipality, ...openness(plan, site)].filter(Boolean);
    marker.on("add", () => {
        const button = marker.getElement();
        button.setAttribute("role", "button");
        button.setAttribute("aria-label", words.join(", "));
        if (!isOpen) button.tabIndex = -1;
    });
    marker.bindTooltip(siteTooltip(app, site, role), { direction: "top", offset: [dx, dy - 8] });
    marker.bindPopup(() => sitePopup(app, site, role), { ...POPUP, offset: [dx, dy - 4] });
    return marker;
}

/** How often a site is open, and whose base it is, as far as that is known. */
function openness(plan, site) {
    return [plan.days[site.id], plan.bases[site.id]].filter(Boolean);
}

function siteTooltip(app, site, role) {
    return element("div", {},
        element("strong", {}, site.name),
        element("div", {}, `${app.scene.texts[`role_${role}`]} · ${site.kindLabel}`),
        element("div", {}, openness(app.plan, site).join(" · ")));
}

function sitePopup(app, site, role) {
    const mayChoose = app.tab === "whatif" && app.whatIf.ground !== null && site.isCandidate;
    return element("div", { class: "card" },
        element("h2", {}, site.name),
        element("p", {}, element("strong", {}, app.scene.texts[`role_${role}`])),
        element("p", {}, `${site.kindLabel} · ${site.municipality}`),
        element("p", {}, openness(app.plan, site).join(" · ")),
        mayChoose ? roleChoices(app, app.scene.sites.indexOf(site), "map") : null,
        factTable(app.plan.siteFacts[site.id] ?? []),
        site.estimateNote ? element("p", { class: "estimate" }, site.estimateNote) : null);
}

function drawSites(app) {
    spreadSites(app.scene, app.plan);
    for (const role of ["open", "candidate", "companion"]) app.layers[role].clearLayers();
    app.markers = new Map();
    for (const site of app.scene.sites) {
        const role = roleOf(site, app.plan);
        const layer = app.layers[role] ?? app.layers.open;
        app.markers.set(site.id, siteMarker(app, site).addTo(layer));
    }
    renameOpenSites(app);
    placeNames(app);
}

/** Bring an open site into view and tell about it. */
function visitSite(app, site) {
    app.map.setView(site.position, Math.max(app.map.getZoom(), 9.5), { animate: false });
    app.markers.get(site.id).openPopup();
}

/** From a site the arrow keys go to the nearest one in their direction. */
function walkSites(app) {
    const directions = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    app.map.getContainer().addEventListener("keydown", (event) => {
        const direction = directions[event.key];
        const from = [...app.markers.values()].find((marker) => marker.getElement() === document.activeElement);
        if (!direction || !from) return;
        event.preventDefault();
        event.stopPropagation();
        const here = app.map.latLngToLayerPoint(from.getLatLng());
        let best = { cost: Infinity };
        for (const marker of app.markers.values()) {
            if (marker === from || !marker.getElement()) continue;
            const { x, y } = app.map.latLngToLayerPoint(marker.getLatLng()).subtract(here);
            const along = x * direction[0] + y * direction[1];
            const across = Math.abs(x * direction[1]) + Math.abs(y * direction[0]);
            // What lies aside counts double; at the same place the table's order goes on.
            const cost = along + 2 * across;
            if (along > 0 && across <= 2 * along && cost < best.cost) best = { cost, marker };
        }
        if (!best.marker) return;
        app.map.panInside(best.marker.getLatLng(), { padding: [40, 40], animate: false });
        best.marker.getElement().focus({ preventScroll: true });
    }, true);
}
