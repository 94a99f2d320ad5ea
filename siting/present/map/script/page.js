// ---- controls, keyboard, paper ----

function addControls(app) {
    const { map, scene } = app;
    const { texts } = scene;
    L.control.zoom({ zoomInTitle: texts.zoom_in, zoomOutTitle: texts.zoom_out }).addTo(map);
    const whole = L.control({ position: "topleft" });
    whole.onAdd = () => {
        const button = element("button", {
            type: "button",
            title: texts.whole_area,
            "aria-label": texts.whole_area,
            onclick: () => map.fitBounds(app.bounds),
        });
        L.DomEvent.disableClickPropagation(button);
        return element("div", { class: "leaflet-bar whole-area" }, button);
    };
    whole.addTo(map);
    L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
    // Leaflet's own control would take the text for HTML.
    const whose = L.control({ position: "bottomright" });
    app.parts.attribution = element("p", { class: "attribution" });
    whose.onAdd = () => app.parts.attribution;
    whose.addTo(map);
    drawAttribution(app, "");
    const banner = L.control({ position: "topright" });
    banner.onAdd = () => app.parts.banner;
    banner.addTo(map);
}

function drawAttribution({ parts, scene }, more) {
    const whose = [scene.source, scene.attribution, more].filter(Boolean).join(" · ");
    parts.attribution.textContent = whose;
    parts.attribution.hidden = whose === "";
}

/** The whole area, moved out from under the card with the colours as far as there is room at the right. */
function showWhole({ map, bounds, parts }) {
    map.stop();
    map.fitBounds(bounds, { animate: false });
    if (getComputedStyle(parts.colours).position !== "absolute") return;
    const room = map.getSize().x - map.latLngToContainerPoint(bounds.getNorthEast()).x - 10;
    const wanted = parts.colours.offsetWidth + 20 - map.latLngToContainerPoint(bounds.getSouthWest()).x;
    map.panBy([-Math.max(0, Math.min(room, wanted)), 0], { animate: false });
}

/** A popup takes the focus and gives it back, and Escape closes it. */
function followFocus(app) {
    let opener = null;
    app.map.on("popupopen", ({ popup }) => {
        const box = popup.getElement();
        opener = document.activeElement;
        box.setAttribute("role", "dialog");
        box.setAttribute("aria-label", box.querySelector("h2").textContent);
        box.tabIndex = -1;
        const close = box.querySelector(".leaflet-popup-close-button");
        close.setAttribute("aria-label", app.scene.texts.close);
        box.focus({ preventScroll: true });
    });
    app.map.on("popupclose", ({ popup }) => {
        if (popup.getElement()?.contains(document.activeElement)) opener?.focus({ preventScroll: true });
    });
    document.addEventListener("keydown", ({ key }) => {
        if (key === "Escape") app.map.closePopup();
    });
}

/** By keyboard the map is moved with the arrows, and Enter opens the square in its middle, which a cross marks. */
function openMiddle(app) {
    const container = app.map.getContainer();
    container.append(element("span", { class: "cross", "aria-hidden": "true" }));
    container.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.target !== container) return;
        event.preventDefault();
        openCell(app, app.map.getCenter());
    });
}

/** What sticks under the header has to know how high it is. */
function followHeader() {
    const panel = document.getElementById("siting_panel");
    const header = panel.querySelector("header");
    new ResizeObserver(() => panel.style.setProperty("--header", `${header.offsetHeight}px`)).observe(header);
}

/** Paper has its own width, so the map is laid out anew before printing and put back afterwards. */
function followPrinting(app) {
    const panel = document.getElementById("siting_panel");
    const before = { bounds: null, isFolded: false };
    const lay = (isPrinting, isFolded) => {
        document.body.classList.toggle("printing", isPrinting);
        panel.classList.toggle("folded", isFolded);
        app.map.invalidateSize({ animate: false, pan: false });
        const isWhole = before.bounds.contains(app.bounds.pad(-0.05));
        if (isWhole) showWhole(app);
        else app.map.fitBounds(before.bounds, { animate: false });
    };
    addEventListener("beforeprint", () => {
        before.bounds = app.map.getBounds();
        before.isFolded = panel.classList.contains("folded");
        lay(true, false);
    });
    addEventListener("afterprint", () => lay(false, before.isFolded));
}

function followView(app) {
    const follow = () => {
        app.map.getContainer().style.setProperty("--spread", spreadAt(app.map.getZoom()));
        placeNames(app);
    };
    app.map.on("moveend", follow);
    follow();
    new ResizeObserver(() => {
        const isWhole = app.map.getBounds().contains(app.bounds.pad(-0.05));
        app.map.invalidateSize({ animate: false });
        if (isWhole) showWhole(app);
    }).observe(app.map.getContainer());
}

/** Read the scene that maps.py left in the page, and draw it. */
function showScene(map) {
    const scene = readScene(map);
    const app = {
        map, scene, loaded: scene.plans[0], plan: scene.plans[0], parts: {}, markers: new Map(), tab: "plan",
        shown: { view: "time", service: "near", mode: 0, against: 0 },
        layers: Object.fromEntries(["open", "candidate", "companion", "tours", "isochrones"].map((name) => [name, L.layerGroup()])),
        tourRenderer: L.svg({ pane: "tours", padding: 0.3 }),
        isochroneRenderer: L.svg({ pane: "isochrones", padding: 0.3 }),
        wantsTours: null, wantsIsochrones: false, whatIf: newWhatIf(scene),
    };
    const container = map.getContainer();
    container.setAttribute("role", "region");
    container.setAttribute("aria-label", scene.texts.map_label);
    app.parts.banner = element("p", { class: "banner", hidden: "" }, scene.texts.banner);
    buildPanel(app);
    addPanes(map);
    map.invalidateSize({ animate: false });
    map.setView(scene.sites[0]?.position ?? [0, 0], 8);
    app.bounds = wholeArea(scene, addBaseMap(map, scene));
    showWhole(app);
    // So wide that Leaflet does not begin to pan back by itself while the map is laid out anew for paper.
    map.setMaxBounds(app.bounds.pad(2));
    app.cells = new CellLayer(scene.cells).addTo(map);
    for (const name of ["isochrones", "tours", "open", "candidate"]) app.layers[name].addTo(map);
    app.names = makeNames(map, scene);
    chooseTab(app, "plan");
    redraw(app);
    addControls(app);
    walkSites(app);
    openMiddle(app);
    followHeader();
    followFocus(app);
    followPrinting(app);
    followView(app);
    map.on("click", ({ latlng }) => openCell(app, latlng));
    performance.mark("siting-ready");
    followAddress(app);
    addEventListener("hashchange", () => followAddress(app));
    if (app.whatIf.isPossible) {
        const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 300));
        whenIdle(() => prepareWhatIf(app).catch(() => {})); // told when the tab is opened
    }
    window.sitingMap = testing(app);
}

/** For tests and the benchmark: what the page counts for a choice, and how long that takes. */
function testing(app) {
    const choiceBy = (sites) => new Map(sites.map(([id, role, days]) => [
        app.scene.sites.findIndex((site) => site.id === id), { role, days }]));
    return {
        ready: () => prepareWhatIf(app),
        async evaluate(sites, plan = 0) {
            const ground = await prepareWhatIf(app).then(() => app.whatIf.ground);
            const { services, ...figures } = evaluateChoice(ground, app.scene.plans[plan].rules, choiceBy(sites));
            return { ...figures, worst: worstArea(ground, figures.areas), names: ground.municipalityNames };
        },
        async steps(sites, aim, plan = 0) {
            await prepareWhatIf(app);
            const found = bestSteps(app.whatIf.ground, app.scene.plans[plan].rules, choiceBy(sites), aim);
            const id = (site) => app.scene.sites[site].id;
            return found.map(({ kind, less, more, value }) => ({
                kind, value: value.slice(0, 2), less: less === null ? null : id(less), more: more === null ? null : [id(more.site), more.offer.role, more.offer.days],
            }));
        },
        async benchmark() {
            await prepareWhatIf(app);
            const choice = choiceOf(app.loaded);
            const started = performance.now();
            for (let k = 0; k < 20; k += 1) evaluateChoice(app.whatIf.ground, app.loaded.rules, choice);
            return (performance.now() - started) / 20;
        },
    };
}
