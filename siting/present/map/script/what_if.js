// ---- "what if?": one's own choice of sites, counted at once beside the loaded plan ----

function newWhatIf(scene) {
    return {
        isPossible: scene.whatIf !== null, ground: null, aim: "mean", before: null, now: null, plan: null,
        choice: new Map(), past: [], lastSite: null, byPlan: new Map(),
    };
}

/** Decode what the choice is counted on when the page has time for it; asked twice, it is done once. */
function prepareWhatIf(app) {
    const { scene, whatIf } = app;
    whatIf.ready ??= decodeGround(scene.whatIf, scene).then((ground) => {
        whatIf.ground = ground;
        for (const plan of scene.plans) completeTravel(app, plan);
        app.parts.mode.querySelector("select").disabled = false;
        beginWhatIf(app);
        if (scene.swept !== null && app.shown.view === "certainty") redraw(app);
    });
    return whatIf.ready;
}

/** Work out a plan's minutes by other modes of travel, where the page holds those of all sites instead. */
function completeTravel({ scene, whatIf }, plan) {
    const openings = openingsOf(choiceOf(plan), plan.rules);
    plan.travel.forEach((mode, index) => {
        for (const service of SERVICES) {
            if (mode[service].tenths === null) {
                mode[service] = serviceBy(index, service, openings, plan, mode[service], { scene, whatIf });
            }
        }
    });
}

function serviceBy(index, service, openings, { rules }, words, { scene, whatIf: { ground } }) {
    const found = assign(ground.byMode[index], openings[service], rules.digital[service], ground.nCells);
    // By another mode than the scenario's the map shows who can get to a place, not what else there is.
    const drawn = draftService(found, words, { ...scene, digitalTenths: scene.unreachableTenths });
    return { ...drawn, hasDigital: false, within: withinStandard(found, scene, 1) };
}

function withinStandard({ felt }, { standardMinutes }, bit) {
    return Uint8Array.from(felt, (minutes) => (minutes <= standardMinutes ? bit : 0));
}

/** What a plan opens, as a choice. */
function choiceOf({ rules }) {
    return new Map(rules.choice.map(([site, role, days]) => [site, { role, days }]));
}

/** Start from the loaded plan, or from what was chosen beside it before. */
function beginWhatIf(app) {
    const { whatIf, loaded } = app;
    if (!whatIf.isPossible) return;
    const known = whatIf.byPlan.get(loaded);
    whatIf.past = known?.past ?? [];
    whatIf.choice = known?.choice ?? choiceOf(loaded);
    whatIf.lastSite = null;
    if (whatIf.ground === null) return;
    whatIf.before = evaluateChoice(whatIf.ground, loaded.rules, choiceOf(loaded));
    recount(app);
}

async function openWhatIf(app) {
    const { whatIf, scene, parts } = app;
    if (!whatIf.isPossible) return;
    if (whatIf.ground === null) {
        parts.status.textContent = scene.texts.whatif_wait;
        try {
            await prepareWhatIf(app);
        } catch {
            parts.status.textContent = scene.texts.whatif_old_browser;
            return;
        }
    }
    app.plan = whatIf.plan;
    redraw(app);
    drawWhatIf(app);
}

function isUnchanged({ loaded, whatIf }) {
    const own = loaded.rules.choice;
    return own.length === whatIf.choice.size
        && own.every(([site, role, days]) => whatIf.choice.get(site)?.role === role && whatIf.choice.get(site).days === days);
}

function recount(app) {
    const { whatIf, loaded } = app;
    whatIf.now = evaluateChoice(whatIf.ground, loaded.rules, whatIf.choice);
    whatIf.plan = isUnchanged(app) ? loaded : draftPlan(app);
}

/** Take over a choice, count it and show it; the one before can be had back. */
function choose(app, choice) {
    app.whatIf.lastSite = null;
    app.whatIf.past.push(app.whatIf.choice);
    putChoice(app, choice);
}

function putChoice(app, choice) {
    const { whatIf, loaded, parts } = app;
    const focused = document.activeElement;
    whatIf.choice = choice;
    whatIf.byPlan.set(loaded, { choice, past: whatIf.past });
    recount(app);
    app.plan = whatIf.plan;
    redraw(app);
    drawWhatIf(app);
    rememberInAddress(app);
    // A button that is gone or can do no more would leave the keyboard nowhere.
    if (!focused.isConnected || focused.disabled) parts.status.focus({ preventScroll: true });
}

/** Trying one role after another at a site, as arrow keys do, is one step to take back. */
function chooseRole(app, site, offer) {
    const { whatIf } = app;
    const choice = new Map(whatIf.choice);
    if (offer === null) choice.delete(site);
    else choice.set(site, { role: offer.role, days: offer.days });
    if (whatIf.lastSite !== site) whatIf.past.push(whatIf.choice);
    whatIf.lastSite = site;
    putChoice(app, choice);
}

/** The choice as a plan that the map draws like any other. */
function draftPlan(app) {
    const { scene, loaded, whatIf } = app;
    const { choice, now } = whatIf;
    const { rules } = loaded;
    const sites = [...choice.entries()].map(([site, offer]) => [scene.sites[site].id, offerOf(rules, offer)]);
    const roles = Object.assign(Object.create(null), Object.fromEntries(sites.map(([id, { role }]) => [id, role])));
    const openings = openingsOf(choice, rules, now.resources.teams.unvisited);
    const travel = loaded.travel.map((mode, index) => ({
        label: mode.label,
        ...Object.fromEntries(SERVICES.map((service) => [service, index === 0
            ? draftService(now.services[service], mode[service], scene)
            : serviceBy(index, service, openings, loaded, mode[service], app)])),
    }));
    const near = withinStandard(now.services.near, scene, WITHIN_NEAR);
    const main = withinStandard(now.services.main, scene, WITHIN_MAIN);
    const plan = {
        name: loaded.name, title: scene.texts.own_choice, roles, bases: {},
        days: Object.fromEntries(sites.filter(([, offer]) => offer.openness).map(([id, offer]) => [id, offer.openness])),
        travel, coverage: near.map((bit, cell) => bit | main[cell]),
        bestRule: loaded.bestRule, facts: [], siteFacts: {}, tables: [], isochrones: [],
        tours: draftTours(app), rules, isDraft: true,
    };
    plan.badges = assignBadges(scene.sites, roles);
    return plan;
}

/** Minutes in tenths, rounded up as payload.py does: what is coloured as within 30 is within 30. */
function draftService({ site, felt, thousandths }, words, { unreachableTenths, digitalTenths }) {
    const step = words.roughTenths ?? 1;
    const tenths = Uint16Array.from(thousandths, (value, cell) => {
        if (value !== UNREACHABLE_THOUSANDTHS) return Math.ceil(Math.ceil(value / 100) / step) * step;
        return felt[cell] === Infinity ? unreachableTenths : digitalTenths;
    });
    return { ...words, tenths, site, hasDigital: tenths.includes(digitalTenths) };
}

/** Simple tours are drawn as straight lines: the page holds no roads to drive on. */
function draftTours({ scene, loaded, whatIf }) {
    const { tours, isSimple } = whatIf.now.resources.teams;
    const { texts } = scene;
    if (!isSimple) return whatIf.now.resources.teams === NO_TEAMS ? [] : loaded.tours;
    return tours.map((tour, index) => {
        const sites = [tour.base, ...tour.stops, tour.base];
        return {
            title: fill(texts.simple_tour, { number: index + 1, weeks: tour.weeks.length === 4 ? texts.every_week : texts.every_other_week }),
            team: fill(texts.simple_team, { base: scene.sites[tour.base].name }),
            sites, schedule: [], day: "", isStraight: true,
            line: sites.map((site) => scene.sites[site].position),
            driving: fill(texts.driving_text, { minutes: numberText(tour.driving), kilometres: numberText(tour.kilometres) }),
        };
    });
}

// ---- the panel ----

function whatIfPanel(app) {
    const { scene, parts } = app;
    const { texts } = scene;
    if (scene.whatIf === null) {
        return element("section", {}, element("h2", {}, texts.tab_whatif), element("p", {}, texts.whatif_too_large));
    }
    for (const name of ["figures", "warnings", "changes", "steps", "siteList", "areas"]) parts[name] = element("div", {});
    parts.status = element("p", { role: "status", class: "status", tabindex: "-1" });
    parts.kept = element("p", { role: "status", class: "hint" });
    parts.found = element("p", { role: "status", class: "hint" });
    parts.undo = element("button", { type: "button", onclick: () => undo(app) }, texts.undo);
    parts.reset = element("button", { type: "button", onclick: () => choose(app, choiceOf(app.loaded)) }, texts.reset);
    parts.search = element("input", { type: "search", oninput: () => filterSites(app) });
    parts.link = element("input", { type: "text", readonly: "", onfocus: ({ target }) => target.select() });
    const aims = ["mean", "within", "worst"].map((aim) => [aim, texts[`aim_${aim}`]]);
    return element("div", {},
        element("h2", {}, texts.tab_whatif),
        element("p", { class: "hint screen" }, texts.whatif_hint),
        parts.status,
        element("section", {},
            parts.figures,
            element("p", { class: "hint honest" }, fill(texts.whatif_honest, { base: numberText(scene.whatIf.unit) })),
            parts.warnings,
            element("div", { class: "buttons" }, parts.undo, parts.reset),
            element("details", { class: "areas" }, element("summary", {}, texts.areas), parts.areas)),
        element("section", {}, element("h2", {}, texts.changes), parts.changes),
        element("section", { class: "screen" },
            element("h2", {}, texts.next_step),
            selectOne("aim", texts.next_step_by, aims, "mean", (aim) => {
                app.whatIf.aim = aim;
                parts.steps.replaceChildren();
            }),
            element("div", { class: "buttons" },
                element("button", { type: "button", onclick: () => drawSteps(app) }, texts.find_step)),
            parts.steps),
        element("section", { class: "screen" },
            element("h2", {}, texts.sites),
            element("label", { class: "select" }, element("span", {}, texts.search_sites), parts.search),
            parts.found, parts.siteList),
        element("section", { class: "screen" },
            element("h2", {}, texts.keep),
            element("p", { class: "hint" }, texts.keep_hint),
            element("div", { class: "buttons" },
                element("button", { type: "button", onclick: () => saveScenario(app) }, texts.save_scenario),
                element("button", { type: "button", onclick: () => copyLink(app) }, texts.copy_link)),
            parts.kept,
            element("label", { class: "select" }, element("span", {}, texts.link), parts.link)));
}

function undo(app) {
    const before = app.whatIf.past.pop();
    app.whatIf.lastSite = null;
    if (before) putChoice(app, before);
}

function drawWhatIf(app) {
    const { parts, whatIf, scene } = app;
    const figures = figureRows(app);
    const changed = figures.filter(({ isSaid }) => isSaid);
    parts.status.textContent = isUnchanged(app) ? scene.texts.whatif_unchanged
        : changed.map(({ label, now, change }) => `${label}: ${now} (${change})`).join(". ");
    parts.figures.replaceChildren(figureTable(app, figures));
    parts.warnings.replaceChildren(...warningsOf(app).map((text) => element("p", { class: "warning" }, text)));
    parts.undo.disabled = whatIf.past.length === 0;
    parts.reset.disabled = isUnchanged(app);
    parts.changes.replaceChildren(changeList(app));
    parts.steps.replaceChildren();
    drawSiteList(app);
    parts.areas.replaceChildren(areaTable(app));
    parts.kept.textContent = "";
    parts.link.value = addressOf(app);
}

/** Rows of figures: before, now and the difference, as texts; what the live region says is marked. */
function figureRows({ scene, loaded, whatIf }) {
    const { texts } = scene;
    const { before, now, ground } = whatIf;
    const minutes = (value) => (value === null ? "–" : `${numberText(value, 1)}${NBSP}${texts.minutes_unit}`);
    const difference = (a, b, text) => (a === null || b === null ? "–" : text(b - a));
    // A mean of others is no better or worse: where not the same visits are met, it is not held against the plan's.
    const isLike = Math.abs(before.county.served - now.county.served) < 1e-9;
    const isWhole = isLike && before.county.served === 1;
    const ofMet = (label) => (isWhole ? label : fill(texts.figure_of_met, { figure: label }));
    const signedMean = (value) => (isLike ? signedMinutes(value) : "–");
    const row = (label, a, b, text, signed, isSaid = false) => (
        { label, before: text(a), now: text(b), change: difference(a, b, signed), isSaid });
    const signedMinutes = (value) => `${signedText(value, 1)}${NBSP}${texts.minutes_unit}`;
    const points = (value) => `${signedText(value * 100)}${NBSP}${texts.points}`;
    const isCombined = loaded.rules.hasCombinedTime;
    const mean = ofMet(isCombined ? texts.figure_combined : texts.figure_mean);
    const rows = [row(mean, before.county.mean, now.county.mean, minutes, signedMean, true)];
    if (isCombined) {
        rows.push(row(texts.figure_travel, before.county.travelMean, now.county.travelMean, minutes, signedMean));
    }
    rows.push(row(fill(isCombined ? texts.figure_within_combined : texts.figure_within, { minutes: numberText(loaded.rules.standard) }),
        before.county.within, now.county.within, percentText, points, true));
    for (const index of loaded.rules.modesOfInterest) {
        const label = fill(isCombined ? texts.figure_within_mode_combined : texts.figure_within_mode, { minutes: numberText(loaded.rules.standard), by: loaded.travel[index].label });
        rows.push(row(label, before.withinByMode[index - 1], now.withinByMode[index - 1], percentText, points));
    }
    rows.push(worstRow(ofMet(texts.figure_worst), texts, worstArea(ground, before.areas), worstArea(ground, now.areas), signedMean));
    for (const name of ["served", "digital"]) {
        const [a, b] = [before.county[name], now.county[name]];
        const isPlain = name === "served" ? a === 1 && b === 1 : a === 0 && b === 0;
        if (!isPlain) rows.push(row(texts[`figure_${name}`], a, b, percentText, points, name === "served"));
    }
    const [old, own] = [before.resources, now.resources];
    const posts = (value) => numberText(value, 1);
    rows.push(row(texts.figure_cost, old.sek, own.sek, sekText(texts), (value) => signedSek(value, texts), true));
    rows.push(row(texts.figure_posts, old.posts, own.posts, posts, (value) => signedText(value, 1)));
    if (old.teams.n + own.teams.n > 0) rows.push(row(texts.figure_teams, old.teams.n, own.teams.n, numberText, signedText));
    return rows;
}

function worstRow(label, texts, before, now, signed) {
    const text = (area) => (area === null ? "–" : `${area.name} ${numberText(area.mean)}${NBSP}${texts.minutes_unit}`);
    return {
        label, before: text(before), now: text(now), isSaid: true,
        change: before && now ? signed(now.mean - before.mean) : "–",
    };
}

const SEK_PER_MILLION = 1e6;

/** Decimals of money in millions, an estimate of three digits. */
function millionDecimals(value) {
    const size = Math.abs(value) / SEK_PER_MILLION;
    return size >= 100 ? 0 : size >= 10 ? 1 : 2;
}

function sekText(texts) {
    return (value) => fill(texts.sek_millions, { n: numberText(value / SEK_PER_MILLION, millionDecimals(value)) });
}

function signedSek(value, texts) {
    return fill(texts.sek_millions, { n: signedText(value / SEK_PER_MILLION, millionDecimals(value)) });
}

/** A label within a sentence. */
function lowerFirst(text) {
    return text.charAt(0).toLocaleLowerCase(LOCALE) + text.slice(1);
}

function figureTable({ scene, loaded }, rows) {
    const { texts } = scene;
    return plainTable({
        caption: fill(texts.figures_caption, { plan: loaded.title }),
        columns: [texts.column_figure, texts.column_before, texts.column_now, texts.column_change],
        rows: rows.map(({ label, before, now, change }) => [label, before, now, change]),
    });
}

function areaTable({ scene, loaded, whatIf }) {
    const { texts } = scene;
    const { before, now, ground } = whatIf;
    const minutes = (value) => (value === null ? "–" : numberText(value));
    const rows = ground.municipalityNames.map((name, index) => [before.areas[index], now.areas[index], name])
        .filter(([area]) => area.visits > 0)
        .map(([a, b, name]) => [
            name, minutes(a.mean), minutes(b.mean),
            a.mean === null || b.mean === null ? "–" : signedText(b.mean - a.mean),
            `${percentText(a.within)} → ${percentText(b.within)}`,
        ]);
    return plainTable({
        caption: texts.areas_caption,
        columns: [texts.municipality, texts.column_before, texts.column_now, texts.column_change,
            fill(texts.figure_within_short, { minutes: numberText(loaded.rules.standard) })],
        rows,
    });
}

/** Rules of the scenario that the choice breaks, as far as the page can tell. */
function warningsOf({ scene, loaded, whatIf }) {
    const { texts } = scene;
    const { rules } = loaded;
    const { choice, now, ground } = whatIf;
    const { limits } = rules;
    const { teams } = now.resources;
    const names = (sites) => sites.map((site) => scene.sites[site].name).join(", ");
    const said = [];
    const over = (value, limit) => limit !== null && value > limit * (1 + 1e-9);
    if (over(now.resources.sek, limits.sek)) said.push(fill(texts.warn_sek, { limit: sekText(texts)(limits.sek) }));
    if (over(now.resources.posts, limits.posts)) said.push(fill(texts.warn_posts, { limit: numberText(limits.posts, 1) }));
    if (teams.unvisited.length > 0) said.push(fill(texts.warn_unvisited, { sites: names(teams.unvisited) }));
    if (teams.isSimple) said.push(texts.warn_simple_tours);
    const odd = [...choice.entries()].filter(([site, { role }]) => rules.allowed[role][site] !== 1).map(([site]) => site);
    if (odd.length > 0) said.push(fill(texts.warn_not_allowed, { sites: names(odd) }));
    const mains = [...choice.entries()].filter(([, { role }]) => role === "main").map(([site]) => site);
    if (limits.linkMinutes !== null && ground.siteMinutes) {
        const far = [...choice.entries()].filter(([site, { role }]) => role !== "main"
            && !mains.some((main) => ground.siteMinutes[main * ground.nSites + site] <= limits.linkMinutes)).map(([site]) => site);
        if (far.length > 0) said.push(fill(texts.warn_link, { sites: names(far), minutes: numberText(limits.linkMinutes) }));
    }
    if (mains.length === 0) said.push(texts.warn_no_main);
    for (const [role, [least, most]] of Object.entries(limits.counts)) {
        const n = [...choice.values()].filter((offer) => offer.role === role).length;
        if (n < least || n > most) {
            const range = least === most ? numberText(least) : `${numberText(least)}–${numberText(most)}`;
            said.push(fill(texts.warn_count, { group: texts[`group_${role}`].toLocaleLowerCase(LOCALE), range, n: numberText(n) }));
        }
    }
    const open = new Set([...choice.keys()].map((site) => scene.sites[site].municipality));
    const without = limits.placeIn.filter((name) => !open.has(name));
    if (without.length > 0) said.push(fill(texts.warn_place_in, { municipalities: without.join(", ") }));
    if (loaded.rules.hasCapacity) said.push(texts.warn_capacity);
    return said;
}

function offerLabel(rules, offer) {
    return offerOf(rules, offer).label;
}

function stateText(app, site) {
    const offer = app.whatIf.choice.get(site);
    return offer ? offerLabel(app.loaded.rules, offer) : app.scene.texts.state_closed;
}

function changeList(app) {
    const { scene, loaded, whatIf } = app;
    const { texts } = scene;
    const own = choiceOf(app.loaded);
    const label = (offer) => (offer ? offerLabel(loaded.rules, offer) : texts.state_closed);
    const sites = [...new Set([...own.keys(), ...whatIf.choice.keys()])]
        .filter((site) => label(own.get(site)) !== label(whatIf.choice.get(site)));
    if (sites.length === 0) return element("p", { class: "hint" }, texts.no_changes);
    return element("ul", { class: "changes" }, ...sites.map((site) => element("li", {},
        element("span", {},
            element("strong", {}, scene.sites[site].name),
            element("small", {}, `${label(own.get(site))} → ${label(whatIf.choice.get(site))}`)),
        element("button", {
            type: "button",
            "aria-label": fill(texts.take_back_one, { site: scene.sites[site].name }),
            onclick: () => chooseRole(app, site, own.get(site) ?? null),
        }, texts.take_back))));
}

// ---- sites: buttons with a state, by municipality; each opens its choices ----

function drawSiteList(app) {
    const { scene, parts, whatIf } = app;
    const { texts } = scene;
    const open = new Set([...parts.siteList.querySelectorAll("details[open]")].map((each) => each.dataset.name));
    const byMunicipality = Map.groupBy
        ? Map.groupBy([...Array(whatIf.ground.nSites).keys()], (site) => scene.sites[site].municipality)
        : groupSites(scene, whatIf.ground.nSites);
    const groups = [...byMunicipality].sort(([a], [b]) => a.localeCompare(b, LOCALE)).map(([name, sites]) => {
        const nOpen = sites.filter((site) => whatIf.choice.has(site)).length;
        const details = element("details", { open: open.has(name) ? "" : false },
            element("summary", {}, element("span", {}, name),
                element("small", {}, fill(texts.n_open_of, { open: nOpen, all: sites.length }))),
            element("ul", {}, ...sites.map((site) => siteRow(app, site))));
        details.dataset.name = name;
        return details;
    });
    parts.siteList.replaceChildren(...groups);
    filterSites(app);
}

function groupSites(scene, nSites) {
    const groups = new Map();
    for (let site = 0; site < nSites; site += 1) {
        const name = scene.sites[site].municipality;
        groups.set(name, [...(groups.get(name) ?? []), site]);
    }
    return groups;
}

function siteRow(app, site) {
    const { scene, whatIf } = app;
    const place = scene.sites[site];
    const isAsked = whatIf.asked === site;
    const button = element("button", {
        type: "button", class: "visit", id: `siting_site_${site}`, "aria-expanded": String(isAsked),
        onclick: () => {
            whatIf.asked = isAsked ? null : site;
            drawSiteList(app);
            document.getElementById(`siting_site_${site}`).focus();
        },
    }, siteSymbol(app, place), " ", element("span", {},
        element("strong", {}, place.name), " ",
        element("small", {}, `${stateText(app, site)} · ${place.kindLabel}`)));
    return element("li", { "data-words": `${place.name} ${place.municipality} ${place.kindLabel}`.toLocaleLowerCase(LOCALE) },
        button, isAsked ? roleChoices(app, site, "list") : null);
}

/** Every role that the site may be given, and which one it has; the focus stays where it was. */
function roleChoices(app, site, where) {
    const { scene, loaded, whatIf } = app;
    const { texts } = scene;
    const { rules } = loaded;
    const chosen = whatIf.choice.get(site);
    const key = (offer) => (offer ? `${offer.role} ${offer.days}` : "closed");
    const offers = [null, ...rules.offers.filter(({ role }) => role !== "stop" || whatIf.ground.siteMinutes)];
    const isOdd = (offer) => offer !== null && rules.allowed[offer.role][site] !== 1;
    const label = (offer) => (offer === null ? texts.state_closed : `${offer.label}${isOdd(offer) ? " *" : ""}`);
    const name = `role_${where}_${site}`;
    const choices = radios(name, fill(texts.role_of, { site: scene.sites[site].name }),
        offers.map((offer) => [key(offer), label(offer)]), key(chosen), (value) => {
            chooseRole(app, site, offers.find((offer) => key(offer) === value));
            const marker = app.markers.get(scene.sites[site].id);
            if (where === "map" && marker.getElement()) { // closed premises may be hidden
                marker.getElement().focus({ preventScroll: true }); // the card gives the focus back to it
                marker.openPopup();
            }
            (document.querySelector(`input[name="${name}"]:checked`) ?? app.parts.status).focus({ preventScroll: true });
        });
    if (offers.some(isOdd)) choices.append(element("p", { class: "hint" }, texts.not_in_scenario));
    return choices;
}

/** Show the sites that hold what is searched for, and open their municipalities. */
function filterSites({ parts, scene }) {
    let n = 0;
    const asked = parts.search.value.trim().toLocaleLowerCase(LOCALE);
    for (const details of parts.siteList.querySelectorAll("details")) {
        const rows = [...details.querySelectorAll("li")];
        for (const row of rows) row.hidden = asked !== "" && !row.dataset.words.includes(asked);
        const isFound = rows.some((row) => !row.hidden);
        n += rows.filter((row) => !row.hidden).length;
        details.hidden = !isFound;
        if (asked !== "") details.open = isFound;
    }
    parts.found.textContent = asked === "" ? "" : fill(scene.texts.n_found, { n: numberText(n) });
}

// ---- the best single next step ----

function drawSteps(app) {
    const { parts, scene, loaded, whatIf } = app;
    const { texts } = scene;
    const steps = bestSteps(whatIf.ground, loaded.rules, whatIf.choice, whatIf.aim);
    if (steps.length === 0) {
        parts.steps.replaceChildren(element("p", { role: "status" }, texts.no_step));
        return;
    }
    const rows = steps.map((step) => stepRow(app, step));
    parts.steps.replaceChildren(
        element("p", { class: "hint", role: "status" }, texts.steps_hint), element("ul", { class: "changes" }, ...rows));
}

function stepRow(app, step) {
    const { scene, loaded, whatIf } = app;
    const { texts } = scene;
    const choice = withStep(whatIf.choice, step);
    const after = evaluateChoice(whatIf.ground, loaded.rules, choice);
    const name = (site) => scene.sites[site].name;
    const what = fill(texts[`step_${step.kind}`], {
        site: name(step.more === null ? step.less : step.more.site),
        other: step.less === null ? "" : name(step.less),
        role: step.more === null ? "" : lowerFirst(offerLabel(loaded.rules, step.more.offer)),
    });
    const { now, ground } = whatIf;
    const worst = [now, after].map(({ areas }) => worstArea(ground, areas)?.mean ?? null);
    const isLike = Math.abs(after.county.served - now.county.served) < 1e-9 && worst[0] !== null;
    const effect = [
        isLike ? `${texts.figure_mean} ${signedText(after.county.mean - now.county.mean, 1)} ${texts.minutes_unit}`
            : `${texts.figure_served} ${signedText((after.county.served - now.county.served) * 100)} ${texts.points}`,
        `${fill(texts.figure_within_short, { minutes: numberText(loaded.rules.standard) })} ${signedText((after.county.within - now.county.within) * 100)} ${texts.points}`,
        isLike ? `${texts.figure_worst} ${signedText(worst[1] - worst[0], 1)} ${texts.minutes_unit}` : "",
        signedSek(after.resources.sek - now.resources.sek, texts),
        after.resources.teams.isSimple && !now.resources.teams.isSimple ? texts.with_simple_tours : "",
    ].filter(Boolean);
    return element("li", {},
        element("span", {}, element("strong", {}, what), element("small", {}, effect.join(" · "))),
        element("button", { type: "button", "aria-label": `${texts.take_step}: ${what}`, onclick: () => choose(app, choice) }, texts.take_step));
}
