// ---- panel: what is shown, the plan, one's own choice, and tables ----

function drawLegend(app) {
    const { view } = app.shown;
    // Of another mode of travel, or of no minutes at all, the rule does not speak.
    const saysRule = ["time", "catchment"].includes(view) && app.shown.mode === 0;
    const rule = saysRule && app.plan.bestRule ? element("p", { class: "hint" }, app.plan.bestRule) : null;
    app.parts.legend.replaceChildren(...[VIEWS[view].legend(app), rule].filter(Boolean));
    const uses = (names) => names.includes(view);
    app.parts.service.hidden = !uses(["time", "difference"]);
    app.parts.mode.hidden = !uses(["time", "coverage", "certainty", "difference"]) || app.scene.plans[0].travel.length === 1;
    app.parts.against.hidden = view !== "difference" || app.plan.isDraft || app.scene.plans.length < 3;
    if (!app.parts.against.hidden) offerOthers(app);
}

/** The plans to hold the shown one against: all but itself. */
function offerOthers(app) {
    const select = app.parts.against.querySelector("select");
    app.scene.plans.forEach((plan, index) => { select.options[index].hidden = select.options[index].disabled = plan === app.plan; });
    select.selectedIndex = app.scene.plans.indexOf(otherPlan(app));
}

function drawPlanFacts(app) {
    const { plan, scene } = app;
    app.parts.facts.replaceChildren(element("h2", {}, plan.title), factTable(plan.facts));
    app.parts.places.replaceChildren(
        element("h2", {}, scene.texts.open_places), ...OPEN_ROLES.flatMap((role) => placesOf(app, role)));
    app.parts.tours.hidden = plan.tours.length === 0;
    app.parts.tourToggle.hidden = plan.tours.length === 0;
    app.parts.tours.replaceChildren(...(plan.tours.length ? tourList(app) : []));
    app.parts.tourToggle.querySelector("input").checked = showsTours(app);
    app.parts.isochroneToggle.hidden = app.scene.plans.every((each) => each.isochrones.length === 0);
    app.parts.tables.replaceChildren(
        element("h2", {}, app.loaded.title), ...app.loaded.tables.map(plainTable), plansTable(app) ?? "");
}

/** A button of a list: what it is in the first line, the rest in the second. */
function visitRow(onclick, sign, title, words) {
    const kind = sign ? "visit" : "visit tour";
    // Spaces are for those who hear it.
    return element("li", {}, element("button", { type: "button", class: kind, onclick }, sign, sign && " ",
        element("span", {}, element("strong", {}, title), " ", element("small", {}, words.join(" · ")))));
}

function placesOf(app, role) {
    const { plan, scene } = app;
    const rows = [...plan.badges.values()]
        .filter(({ site }) => plan.roles[site.id] === role)
        .map(({ site }) => visitRow(() => visitSite(app, site), siteSymbol(app, site), site.name,
            [site.municipality, ...openness(plan, site)]));
    return rows.length === 0 ? []
        : [element("h3", {}, `${scene.texts[`group_${role}`]} (${rows.length})`), element("ul", {}, ...rows)];
}

function tourList(app) {
    const { plan, scene } = app;
    const teams = [...new Set(plan.tours.map((tour) => tour.team))];
    return [
        element("h2", {}, scene.texts.tours),
        element("p", { class: "hint" }, scene.texts.tours_hint),
        ...teams.flatMap((team) => [
            element("h3", {}, team),
            element("ul", {}, ...plan.tours.filter((tour) => tour.team === team).map((tour) =>
                visitRow(() => visitTour(app, tour), null, tour.title, [stopNames(app, tour), tour.driving]))),
        ]),
    ];
}

function layerToggle(app, role, isOn) {
    const toggle = ({ target }) => {
        if (target.checked) app.layers[role].addTo(app.map);
        else app.layers[role].remove();
        placeNames(app);
    };
    return keyToggle(symbol(role), app.scene.texts[`role_${role}`], isOn, toggle);
}

/** A sign of the key with a box to show or hide what it stands for. */
function keyToggle(sign, text, isOn, onchange) {
    const input = element("input", { type: "checkbox", checked: isOn ? "" : false, onchange });
    return element("label", { class: "key" }, sign, element("span", {}, text), input);
}

function tourToggle(app) {
    return keyToggle(element("span", { class: "line" }), app.scene.texts.show_tours, false, ({ target }) => {
        app.wantsTours = target.checked;
        drawTours(app);
        placeNames(app);
    });
}

function isochroneToggle(app) {
    return keyToggle(element("span", { class: "line isochrone" }), app.scene.texts.show_isochrones, false, ({ target }) => {
        app.wantsIsochrones = target.checked;
        drawIsochrones(app);
    });
}

function symbolKey(app) {
    const { texts } = app.scene;
    const row = (made, text) => element("div", { class: "key" }, made, element("span", {}, text));
    return element("section", {},
        element("h2", {}, texts.symbols),
        row(symbol("main"), texts.role_main),
        row(symbol("satellite"), texts.role_satellite),
        app.whatIf.isPossible || app.scene.plans.some(({ roles }) => Object.values(roles).includes("stop"))
            ? row(symbol("stop"), texts.role_stop) : null,
        app.parts.tourToggle,
        app.parts.isochroneToggle,
        layerToggle(app, "candidate", true),
        layerToggle(app, "companion", false),
        app.scene.tiles ? tileToggle(app) : null,
        row(symbol("satellite", { isEstimated: true }), texts.estimated_mark),
        element("p", { class: "hint" }, texts.same_place_hint));
}

function panelToggle(app, panel) {
    const { texts } = app.scene;
    const button = element("button", { type: "button", class: "fold", "aria-controls": "siting_panel_body" });
    const fold = (isFolded) => {
        panel.classList.toggle("folded", isFolded);
        button.setAttribute("aria-expanded", String(!isFolded));
        button.replaceChildren(isFolded ? texts.show_panel : texts.hide_panel);
    };
    button.addEventListener("click", () => fold(!panel.classList.contains("folded")));
    fold(matchMedia("(max-width: 700px)").matches);
    return button;
}

/** What the colours show: the view, and for which service, by which mode, against which plan. */
function colourChoices(app) {
    const { scene, parts, shown } = app;
    const { texts } = scene;
    const choose = (name) => (value) => {
        shown[name] = value;
        redraw(app);
    };
    parts.service = selectOne("service", texts.choose_service,
        SERVICES.map((service) => [service, texts[`service_${service}`]]), shown.service, choose("service"));
    parts.mode = selectOne("mode", texts.choose_mode,
        scene.plans[0].travel.map(({ label }, index) => [index, label]), shown.mode, choose("mode"));
    parts.mode.querySelector("select").disabled = scene.plans[0].travel.some(({ near }) => near.tenths === null);
    parts.against = selectOne("against", texts.choose_against,
        scene.plans.map(({ title }, index) => [index, title]), shown.against, choose("against"));
    parts.legend = element("div", { class: "legend" });
    parts.colours = element("details", { class: "colours", open: "" },
        element("summary", {}, texts.colours),
        selectOne("view", texts.cell_view, viewChoices(app), shown.view, choose("view")),
        parts.service, parts.mode, parts.against, parts.legend);
    return parts.colours;
}

/** Tabs as the ARIA practices have them: arrows move between them, Tab goes on into the chosen one. */
function tabList(app, panels) {
    const { texts } = app.scene;
    const tabs = Object.keys(panels).map((name) => element("button", {
        type: "button", role: "tab", id: `siting_tab_${name}`, "aria-controls": `siting_${name}`,
        onclick: () => chooseTab(app, name),
    }, texts[`tab_${name}`]));
    const list = element("div", { role: "tablist", "aria-label": texts.tabs }, ...tabs);
    list.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!step) return;
        const next = tabs[(tabs.indexOf(document.activeElement) + step + tabs.length) % tabs.length];
        next.focus();
        next.click();
        event.preventDefault();
    });
    return list;
}

function tabPanel(name, ...children) {
    return element("div", { role: "tabpanel", id: `siting_${name}`, "aria-labelledby": `siting_tab_${name}` }, ...children);
}

function buildPanel(app) {
    const { scene, parts } = app;
    const { texts } = scene;
    const panel = document.getElementById("siting_panel");
    panel.setAttribute("aria-label", texts.panel_label);
    parts.facts = element("section", {});
    parts.places = element("section", {});
    parts.tours = element("section", {});
    parts.tables = element("section", { class: "tables" });
    parts.tourToggle = tourToggle(app);
    parts.isochroneToggle = isochroneToggle(app);
    const plans = scene.plans.map((plan, index) => [index, plan.title]);
    app.tabs = {
        plan: tabPanel("plan", parts.facts, element("p", { class: "hint" }, texts.click_hint), symbolKey(app), parts.places, parts.tours,
            element("section", { class: "notes" },
                element("h2", {}, texts.notes), ...scene.notes.map((note) => element("p", {}, note)))),
        whatif: tabPanel("whatif", whatIfPanel(app)),
        tables: tabPanel("tables", parts.tables),
    };
    panel.append(
        element("button", { type: "button", class: "skip", onclick: () => app.map.getContainer().focus() }, texts.to_map),
        element("header", {}, element("h1", {}, scene.title), panelToggle(app, panel)),
        element("div", { class: "body", id: "siting_panel_body" },
            plans.length > 1 ? radios("plan", texts.plans, plans, 0, (index) => choosePlan(app, index)) : null,
            colourChoices(app),
            tabList(app, app.tabs),
            ...Object.values(app.tabs)));
}

// ---- what the reader chooses ----

function redraw(app) {
    app.map.closePopup();
    app.parts.banner.hidden = !app.plan.isDraft;
    app.cells.paint(VIEWS[app.shown.view].fill(app));
    drawTours(app);
    drawIsochrones(app);
    drawSites(app);
    drawPlanFacts(app);
    drawLegend(app);
}

function choosePlan(app, index) {
    app.loaded = app.scene.plans[index];
    app.plan = app.loaded;
    beginWhatIf(app);
    redraw(app);
    if (!app.whatIf.isPossible) return;
    rememberInAddress(app); // a choice beside another plan is gone
    if (app.tab === "whatif") openWhatIf(app);
}

/** One's own choice is on the map while its tab is open; the others show the loaded plan. */
function chooseTab(app, name) {
    app.tab = name;
    for (const [each, panel] of Object.entries(app.tabs)) {
        panel.hidden = each !== name;
        const tab = document.getElementById(`siting_tab_${each}`);
        tab.setAttribute("aria-selected", String(each === name));
        tab.tabIndex = each === name ? 0 : -1;
    }
    document.body.dataset.tab = name;
    if (name === "whatif") openWhatIf(app);
    else if (app.plan !== app.loaded) {
        app.plan = app.loaded;
        redraw(app);
    }
}
