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
        drawPlanFacts(app);
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
        if (app.tab !== "whatif") return; // the reader has gone on meanwhile
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
        bestRule: rules.hasCapacity ? "" : loaded.bestRule, facts: [], siteFacts: {}, tables: [], isochrones: [],
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
