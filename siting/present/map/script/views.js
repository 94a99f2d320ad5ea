// ---- what the cells' colours say: one entry for each view, with its fill and its legend ----

// One hue from light to dark, for counts; steps a reader can tell apart in grey as well.
const DEMAND_COLOURS = ["#8a8a86", "#6d9455", "#4d8c66", "#2f7f78", "#226f86", "#25568a", "#2a3b7d", "#1a1f4d"];
// From blue-green over grey to brown: gain and loss are told apart by all readers, and by lightness from no change.
const GAIN_COLOURS = ["#00423b", "#2a8a7e", "#83837f", "#b36f12", "#5e3200"];
const GAINED = "#003c8f";
const LOST = "#5c0026";
// Within the limit: all visits, those that any reception takes, none.
const COVERAGE_COLOURS = ["#0f4c6b", "#2f84b3", "#b86e00"];
const CERTAINTY_COLOURS = ["#0f4c6b", "#2b8573", "#b86e00"];
const LARGE_CHANGE_TENTHS = 150;
const WITHIN_NEAR = 1;
const WITHIN_MAIN = 2;

/** The service whose minutes the colours show, by the mode of travel that is chosen. */
function serviceShown({ plan, shown }) {
    return (plan.travel[shown.mode] ?? plan.travel[0])[shown.service];
}

/**
 * Cells within the page's standard, as bits: near, main. By other modes than the scenario's from their combined time
 * if the page has worked it out, else from their minutes.
 */
function coverageOf({ scene, shown }, plan) {
    if (shown.mode === 0 || !(shown.mode in plan.travel)) return (cell) => plan.coverage[cell];
    const most = scene.standardMinutes * 10;
    const [near, main] = [plan.travel[shown.mode].near, plan.travel[shown.mode].main].map(({ within, tenths }) =>
        (within ? (cell) => within[cell] === 1 : (cell) => tenths[cell] <= most));
    return (cell) => (near(cell) ? WITHIN_NEAR : 0) | (main(cell) ? WITHIN_MAIN : 0);
}

function coverageClass(bits) {
    return bits === (WITHIN_NEAR | WITHIN_MAIN) ? 0 : bits & WITHIN_NEAR ? 1 : 2;
}

const ALWAYS = 0;
const SOMETIMES = 1;
const NEVER = 2;

/** In how many of the page's plans, or of a sweep's variants, a cell is within the standard of any reception. */
function certaintyClasses(app) {
    const plans = app.scene.swept === null
        ? app.scene.plans.map((plan) => [1, coverageOf(app, plan)])
        : sweptCoverage(app);
    const all = plans.reduce((sum, [n]) => sum + n, 0);
    return (cell) => {
        const within = plans.reduce((sum, [n, coverage]) => sum + (coverage(cell) & WITHIN_NEAR ? n : 0), 0);
        return within === all ? ALWAYS : within > 0 ? SOMETIMES : NEVER;
    };
}

/** The variants' plans, counted by the minutes of the page and the standard of its first plan. */
function sweptCoverage({ scene, shown, whatIf: { ground } }) {
    const { digital } = scene.plans[0].rules;
    return scene.swept.plans.map(([n, sites]) => {
        const openings = sites.map(([site, waiting]) => ({ site, waiting })).sort((a, b) => a.site - b.site);
        const { felt } = assign(ground.byMode[shown.mode], openings, digital.near, ground.nCells);
        return [n, (cell) => (felt[cell] <= scene.standardMinutes ? WITHIN_NEAR : 0)];
    });
}

/** How often a site is open: in how many plans of the page, or in how many per cent of a sweep's variants. */
function timesOpen({ scene }, site) {
    if (scene.swept === null) return scene.plans.filter(({ roles }) => site.id in roles).length;
    const position = scene.sites.indexOf(site);
    const all = scene.swept.plans.reduce((sum, [n]) => sum + n, 0);
    const open = scene.swept.plans.reduce((sum, [n, sites]) => sum + (sites.some(([each]) => each === position) ? n : 0), 0);
    return open === 0 ? 0 : Math.max(1, Math.round((100 * open) / all));
}

/** Plan that the shown one is held against: for one's own choice the plan it began from; null where there is none. */
function otherPlan({ scene, plan, shown, loaded }) {
    if (plan.isDraft) return loaded;
    const other = scene.plans[shown.against];
    return other && other !== plan ? other : scene.plans.find((each) => each !== plan) ?? null;
}

/** What a cell's trip becomes: a class 0-4 from much shorter to much longer, "gained", "lost", or null. */
function changeOf(app) {
    const { scene, plan, shown } = app;
    const after = serviceShown(app).tenths;
    const before = serviceShown({ plan: otherPlan(app), shown }).tenths;
    const has = (tenths) => tenths < scene.digitalTenths;
    const noticeable = scene.noticeableMinutes * 10;
    const large = Math.max(LARGE_CHANGE_TENTHS, noticeable);
    return (cell) => {
        if (!has(after[cell])) return has(before[cell]) ? "lost" : null;
        if (!has(before[cell])) return "gained";
        const change = after[cell] - before[cell];
        if (change <= -large) return 0;
        if (change <= -noticeable) return 1;
        if (change < noticeable) return 2;
        return change < large ? 3 : 4;
    };
}

const VIEWS = {
    time: {
        fill(app) {
            const { tenths } = serviceShown(app);
            return (cell) => minutesFill(tenths[cell], app.scene);
        },
        legend: timeLegend,
    },
    coverage: {
        fill(app) {
            const coverage = coverageOf(app, app.plan);
            return (cell) => COVERAGE_COLOURS[coverageClass(coverage(cell))];
        },
        legend: ({ scene, plan, shown }) => element("div", {},
            element("p", { class: "legend-title" }, fill(scene.texts.coverage_title, {
                minutes: numberText(scene.standardMinutes), by: (plan.travel[shown.mode] ?? plan.travel[0]).label,
            })),
            classRows(COVERAGE_COLOURS, scene.texts, ["coverage_both", "coverage_near", "coverage_none"], ["●", "◐", "○"])),
    },
    difference: {
        fill(app) {
            if (otherPlan(app) === null) return () => null;
            const change = changeOf(app);
            return (cell) => {
                const found = change(cell);
                if (found === "gained") return GAINED;
                if (found === "lost") return LOST;
                return found === null ? UNREACHABLE : GAIN_COLOURS[found];
            };
        },
        legend(app) {
            const { texts } = app.scene;
            if (otherPlan(app) === null) return element("p", { class: "hint" }, texts.nothing_to_compare);
            const title = fill(texts.difference_title, {
                plan: otherPlan(app).title, to: texts[`service_${app.shown.service}`],
                by: (app.plan.travel[app.shown.mode] ?? app.plan.travel[0]).label,
            });
            return element("div", {},
                element("p", { class: "legend-title" }, title),
                classRows([...GAIN_COLOURS, GAINED, LOST], texts, [
                    "much_shorter", "shorter", "unchanged", "longer", "much_longer", "gains_place", "loses_place",
                ], ["−−", "−", "±", "+", "++", "▲", "▼"]),
                swatchRow("unreachable", texts.no_place_either));
        },
    },
    certainty: {
        fill(app) {
            if (app.scene.swept !== null && app.whatIf.ground === null) return () => null; // not worked out yet
            const certainty = certaintyClasses(app);
            return (cell) => CERTAINTY_COLOURS[certainty(cell)];
        },
        legend: ({ scene, whatIf }) => (scene.swept !== null && whatIf.ground === null ? element("p", {}, scene.texts.whatif_wait) : element("div", {},
            classRows(CERTAINTY_COLOURS, scene.texts, ["certainty_always", "certainty_sometimes", "certainty_never"], ["●", "◐", "○"]),
            element("p", { class: "hint" }, scene.swept?.hint ?? scene.texts.certainty_hint))),
    },
    demand: {
        fill({ scene }) {
            const { positions } = scene.cells.youths;
            return (cell) => demandColour(positions[cell], scene);
        },
        legend: ({ scene }) => element("div", {},
            element("p", { class: "legend-title" }, scene.texts.demand_title),
            ...scene.cells.youths.labels.map((label, index) => colourRow(demandColour(index, scene), label)),
            element("p", { class: "hint" }, scene.texts.demand_hint)),
    },
    catchment: {
        fill: (app) => (cell) => catchmentFill(app, cell),
        legend: catchmentLegend,
    },
    none: { fill: () => () => null, legend: () => null },
};

function demandColour(index, { cells }) {
    const last = Math.max(1, cells.youths.labels.length - 1);
    return colourAt(DEMAND_COLOURS, index / last);
}

function minutesFill(tenths, { unreachableTenths, digitalTenths }) {
    if (tenths === digitalTenths) return DIGITAL;
    return tenths === unreachableTenths ? UNREACHABLE : CLASS_COLOURS[classOf(tenths)];
}

function catchmentFill({ plan, scene }, cell) {
    const { tenths, site } = plan.travel[0].near;
    if (tenths[cell] === scene.digitalTenths) return DIGITAL;
    const place = scene.sites[site[cell]];
    return place && place.id in plan.roles ? plan.badges.get(place.id).colour : UNREACHABLE;
}

/** Views that make sense for what the page holds. */
function viewChoices({ scene, whatIf }) {
    const isMany = scene.plans.length > 1;
    const possible = { difference: isMany || whatIf.isPossible, certainty: isMany || scene.swept !== null };
    return Object.keys(VIEWS)
        .filter((view) => possible[view] ?? true)
        .map((view) => [view, fill(scene.texts[`view_${view}`], { minutes: numberText(scene.standardMinutes) })]);
}

// ---- legends ----

function timeLegend(app) {
    const { texts, cells } = app.scene;
    const service = serviceShown(app);
    if (app.shown.service === "main" && !Object.values(app.plan.roles).includes("main")) {
        return element("div", {}, element("p", {}, texts.no_main), swatchRow("unreachable", texts.unreachable));
    }
    const classes = CLASS_COLOURS.map((colour, index) => {
        const swatch = element("span", { class: "swatch" });
        swatch.style.backgroundColor = colour;
        return element("li", {}, swatch, classLabel(index));
    });
    return element("div", {},
        element("p", { class: "legend-title" }, service.legend || fill(texts.minutes_legend, { to: texts[`service_${app.shown.service}`] })),
        element("ol", { class: "classes" }, ...classes),
        swatchRow("unreachable", service.unreachable || texts.unreachable),
        digitalRow(service),
        cells.allHaveDemand ? null : swatchRow("pale", texts.no_demand));
}

/** Colours with what they mean; a sign in each, so that colour is not alone. */
function classRows(colours, texts, keys, signs) {
    return element("div", {}, ...colours.map((colour, index) => colourRow(colour, texts[keys[index]], signs[index])));
}

function colourRow(colour, text, sign = "") {
    const swatch = element("span", { class: "swatch signed", "aria-hidden": "true" }, sign);
    swatch.style.backgroundColor = colour;
    swatch.style.color = inkOn(colour);
    return element("p", { class: "swatch-row" }, swatch, text);
}

function swatchRow(className, text) {
    return element("p", { class: "swatch-row" }, element("span", { class: `swatch ${className}` }), text);
}

function digitalRow({ hasDigital, digitalLabel }) {
    return hasDigital ? swatchRow("digital", digitalLabel) : null;
}

function catchmentLegend(app) {
    const { texts } = app.scene;
    return element("div", {},
        element("p", { class: "legend-title" }, texts.catchment_hint),
        swatchRow("unreachable", texts.unreachable),
        digitalRow(app.plan.travel[0].near));
}

// ---- the card of a cell ----

/** Whole minutes, rounded up, so that the card never contradicts the colour. */
function placeAndMinutes({ plan, scene }, service, cell) {
    const tenths = service.tenths[cell];
    if (tenths === scene.digitalTenths) return service.digitalLabel;
    const site = scene.sites[service.site[cell]];
    if (!site || tenths === scene.unreachableTenths) return service.unreachable || scene.texts.unreachable;
    const minutes = `${Math.ceil(tenths / 10)} ${scene.texts.minutes_unit}`;
    return [minutes, site.name, plan.days[site.id]].filter(Boolean).join(" · ");
}

function cellCard(app, cell) {
    const { plan } = app;
    const { texts, cells } = app.scene;
    const [own, ...others] = plan.travel;
    return element("div", { class: "card" },
        element("h2", {}, cells.municipality.of(cell)),
        factTable([
            [texts.youths, cells.youths.of(cell)],
            [texts.nearest, placeAndMinutes(app, own.near, cell)],
            [texts.nearest_main, placeAndMinutes(app, own.main, cell)],
            ...others.filter(({ near }) => near.tenths !== null).flatMap((mode) => SERVICES.map((name) => [mode[name].card, placeAndMinutes(app, mode[name], cell)])),
        ], "facts stacked"));
}

function openCell(app, latlng) {
    const cell = app.shown.view === "none" ? -1 : app.cells.cellAt(latlng);
    if (cell < 0) return;
    const outline = app.cells.outline(cell);
    const frame = L.polygon(outline, {
        pane: "highlight", fill: false, color: "#000000", weight: 2.5, interactive: false,
    }).addTo(app.map);
    L.popup(POPUP)
        .setLatLng(L.latLngBounds(outline).getCenter())
        .setContent(cellCard(app, cell))
        .on("remove", () => frame.remove())
        .openOn(app.map);
}
