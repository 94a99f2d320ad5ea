// ---- the best single next step from a choice: one site more, one fewer, one moved, or another role ----

/** Best and second-best generalised minutes of each cell, so that one site more or fewer is counted in one pass. */
function bestTwo(rows, openings, digital, nCells) {
    const first = new Float64Array(nCells).fill(digital ?? Infinity);
    const second = new Float64Array(nCells).fill(digital ?? Infinity);
    const site = new Int16Array(nCells).fill(NO_SITE);
    for (const opening of openings) {
        const row = rows[opening.site];
        for (let cell = 0; cell < nCells; cell += 1) {
            if (row[cell] === UNREACHABLE_THOUSANDTHS) continue;
            const felt = feltMinutes(row[cell], opening.waiting);
            if (felt < first[cell]) {
                second[cell] = first[cell];
                first[cell] = felt;
                site[cell] = opening.site;
            } else if (felt < second[cell]) {
                second[cell] = felt;
            }
        }
    }
    return { first, second, site };
}

/** What is made as good as can be; smaller is better. Unserved visits come first: a mean without them would flatter. */
const AIMS = {
    mean: (tally) => tally.county.feltSum / tally.county.served,
    within: (tally) => -tally.county.within / tally.county.visits,
    worst: (tally) => Math.max(...tally.areas.filter((area) => area.served > 0).map((area) => area.feltSum / area.served)),
};

/** Count a choice with one site less and one more (each may be null), without drawing anything. */
function countStep(ground, rules, known, less, more) {
    const county = new Tally();
    const areas = ground.municipalityNames.map(() => new Tally());
    const waiting = more === null ? 0 : offerOf(rules, more.offer).waiting;
    for (const service of SERVICES) {
        const { first, second, site } = known[service];
        const visits = ground.visits[service];
        const row = more !== null && (service === "near" || more.offer.role === "main") ? ground.byMode[0][more.site] : null;
        for (let cell = 0; cell < ground.nCells; cell += 1) {
            if (visits[cell] === 0) continue;
            let felt = less !== null && site[cell] === less ? second[cell] : first[cell];
            if (row !== null && row[cell] !== UNREACHABLE_THOUSANDTHS) felt = Math.min(felt, feltMinutes(row[cell], waiting));
            county.add(visits[cell], felt, 0, rules.standard);
            areas[ground.municipality[cell]].add(visits[cell], felt, 0, rules.standard);
        }
    }
    return { county, areas };
}

/** All steps of each kind that the scenario's hosts allow. */
function* possibleSteps(ground, rules, choice) {
    const closed = [...Array(ground.nSites).keys()].filter((site) => !choice.has(site));
    const firstOffers = OPEN_ROLES.map((role) => rules.offers.find((offer) => offer.role === role)).filter(Boolean);
    const allowed = (site, role) => rules.allowed[role][site] === 1;
    // Teams are not thought of one stop at a time: a stop alone would need a whole team.
    for (const site of closed) {
        for (const { role, days } of firstOffers.filter(({ role: each }) => each !== "stop" && allowed(site, each))) {
            yield { kind: `add_${role}`, less: null, more: { site, offer: { role, days } } };
        }
    }
    for (const [site, offer] of choice) {
        if (rules.existing[site]) continue;
        yield { kind: "drop", less: site, more: null };
        for (const other of closed.filter((each) => allowed(each, offer.role))) {
            yield { kind: "swap", less: site, more: { site: other, offer } };
        }
        for (const { role, days } of firstOffers) {
            if (role !== offer.role && role !== "stop" && allowed(site, role)) {
                yield { kind: "role", less: site, more: { site, offer: { role, days } } };
            }
        }
    }
}

/** The best step of each kind, by one aim: adding and dropping, moving, and another role. */
function bestSteps(ground, rules, choice, aim) {
    const { unvisited } = teamsOf(ground, rules, choice);
    const openings = openingsOf(choice, rules, unvisited);
    const known = Object.fromEntries(SERVICES.map((service) => [
        service, bestTwo(ground.byMode[0], openings[service], rules.digital[service], ground.nCells)]));
    // Of equally good steps the one with the shortest mean time.
    const worth = (tally) => [tally.county.visits - tally.county.served, AIMS[aim](tally), AIMS.mean(tally)];
    const now = worth(countStep(ground, rules, known, null, null));
    const best = new Map();
    for (const step of possibleSteps(ground, rules, choice)) {
        if (step.kind === "drop" && choice.size === 1) continue;
        // Counted in one pass, a step may not leave the teams without a base for a stop.
        if (teamsOf(ground, rules, withStep(choice, step)).unvisited.some((site) => !unvisited.includes(site))) continue;
        const value = worth(countStep(ground, rules, known, step.less, step.more));
        if (!Number.isFinite(value[1])) continue;
        const held = best.get(step.kind);
        if (!held || isBetter(value, held.value)) best.set(step.kind, { ...step, value });
    }
    return [...best.values()].filter(({ kind, value }) => kind === "drop" || isBetter(value.slice(0, 2), now));
}

function isBetter(worth, other) {
    const first = worth.findIndex((value, index) => Math.abs(value - other[index]) > 1e-9);
    return first >= 0 && worth[first] < other[first];
}

function withStep(choice, { less, more }) {
    const next = new Map(choice);
    if (less !== null) next.delete(less);
    if (more !== null) next.set(more.site, more.offer);
    return next;
}
