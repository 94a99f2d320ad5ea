// ---- "what if?": the panel beside the map ----

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
    const points = (value) => `${signedText(value * 100, 1)}${NBSP}${texts.points}`;
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

function areaTable({ scene, loaded, whatIf: { before, now, ground } }) {
    const { texts } = scene;
    return changeTable(scene, ground, [before, now], loaded.rules.standard, {
        caption: texts.areas_caption, heads: [texts.column_before, texts.column_now],
    });
}

/** The plan beside the one that it is held against, by municipality: what the view of gains and losses shows. */
function plansTable(app) {
    const { scene, loaded, whatIf: { ground } } = app;
    const other = otherPlan({ ...app, plan: loaded });
    if (ground === null || other === null) return null;
    const counted = [other, loaded].map((plan) =>
        evaluateChoice(ground, { ...plan.rules, standard: scene.standardMinutes }, choiceOf(plan)));
    return changeTable(scene, ground, counted, scene.standardMinutes, {
        caption: fill(scene.texts.plans_caption, { plan: other.title }), heads: [other.title, loaded.title],
    });
}

function changeTable({ texts }, ground, [before, now], standard, { caption, heads }) {
    const minutes = (value) => (value === null ? "–" : numberText(value));
    const rows = ground.municipalityNames.map((name, index) => [before.areas[index], now.areas[index], name])
        .filter(([area]) => area.visits > 0)
        .map(([a, b, name]) => [
            name, minutes(a.mean), minutes(b.mean),
            a.mean === null || b.mean === null ? "–" : signedText(b.mean - a.mean),
            `${percentText(a.within)} → ${percentText(b.within)}`,
        ]);
    return plainTable({
        caption,
        columns: [texts.municipality, ...heads, texts.column_change,
            fill(texts.figure_within_short, { minutes: numberText(standard) })],
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
    const closed = rules.choice.map(([site]) => site).filter((site) => rules.existing[site] === 1 && !choice.has(site));
    if (closed.length > 0) said.push(fill(texts.warn_existing, { sites: names(closed) }));
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
