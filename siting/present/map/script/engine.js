// ---- counting a choice of sites: the same rules as evaluate.py, on the protected youths of the page ----

const THOUSANDTHS = 1000;
const UNREACHABLE_THOUSANDTHS = 0xffffff;
const BITS_24 = 0xffffff;
const FELT_DECIMALS = 1e6; // generalised minutes are rounded as offers.py does, so that 20.1 + 9.9 is within 30
const NO_SITE = -1;

/** Numbers that were told as differences between neighbours, of cells and of sites: see `pack` in payload.py. */
function undoDifferences(bytes, nSites, nCells) {
    const n = nSites * nCells;
    const values = new Uint32Array(n);
    for (let k = 0; k < n; k += 1) {
        const zigzag = bytes[k] | (bytes[n + k] << 8) | (bytes[2 * n + k] << 16);
        const above = k < nCells ? 0 : values[k - nCells];
        values[k] = (above + ((zigzag >>> 1) ^ -(zigzag & 1))) & BITS_24;
    }
    for (let site = 0; site < nSites; site += 1) {
        for (let k = site * nCells + 1; k < (site + 1) * nCells; k += 1) values[k] = (values[k] + values[k - 1]) & BITS_24;
    }
    return values;
}

/** Minutes of one mode as thousandths, a row of cells for each site, in the scene's own order of both. */
async function decodeMinutes(packed, { siteOrder, cellOrder }) {
    const [nSites, nCells] = [siteOrder.length, cellOrder.length];
    const values = undoDifferences(await inflate(packed), nSites, nCells);
    const rows = Array.from({ length: nSites }, () => new Uint32Array(nCells));
    siteOrder.forEach((site, place) => {
        const row = rows[site];
        const start = place * nCells;
        for (let k = 0; k < nCells; k += 1) row[cellOrder[k]] = values[start + k];
    });
    return rows;
}

/** All that a choice is counted on, decoded from the page. */
async function decodeGround(packed, scene) {
    const siteOrder = unpack(packed.siteOrder, Uint16Array);
    const cellOrder = unpack(packed.cellOrder, Uint32Array);
    const units = unpack(packed.units, Uint16Array);
    const { positions, labels } = scene.cells.municipality;
    const byMode = await Promise.all(packed.minutes.map((each) => decodeMinutes(each, { siteOrder, cellOrder })));
    const visits = Object.fromEntries(SERVICES.map((service) => {
        const perYouth = packed.visitsPerYouth[service];
        return [service, Float64Array.from(units, (n, cell) => n * packed.unit * perYouth[positions[cell]])];
    }));
    const m = siteOrder.length;
    const square = (text) => (text === null ? null : unpack(text, Float32Array));
    return {
        nCells: units.length, nSites: m, units, unit: packed.unit, visits, byMode,
        municipality: positions, municipalityNames: labels,
        siteMinutes: square(packed.siteMinutes), siteKilometres: square(packed.siteKilometres),
    };
}

/** Where each cell's visits to a service go: `openings` are {site, waiting}, in the order of the sites. */
function assign(rows, openings, digital, nCells) {
    const site = new Int16Array(nCells).fill(NO_SITE);
    const felt = new Float64Array(nCells).fill(Infinity);
    const thousandths = new Uint32Array(nCells).fill(UNREACHABLE_THOUSANDTHS);
    for (const opening of openings) {
        const row = rows[opening.site];
        for (let cell = 0; cell < nCells; cell += 1) {
            if (row[cell] === UNREACHABLE_THOUSANDTHS) continue;
            const minutes = feltMinutes(row[cell], opening.waiting);
            if (minutes < felt[cell]) {
                felt[cell] = minutes;
                site[cell] = opening.site;
                thousandths[cell] = row[cell];
            }
        }
    }
    if (digital !== null) {
        for (let cell = 0; cell < nCells; cell += 1) {
            if (digital < felt[cell]) {
                felt[cell] = digital;
                site[cell] = NO_SITE;
                thousandths[cell] = UNREACHABLE_THOUSANDTHS;
            }
        }
    }
    return { site, felt, thousandths };
}

function feltMinutes(thousandths, waiting) {
    return Math.round((thousandths / THOUSANDTHS + waiting) * FELT_DECIMALS) / FELT_DECIMALS;
}

/** Sums over some visits, from which means and shares follow. */
class Tally {
    constructor() {
        this.visits = this.served = this.feltSum = this.travelled = this.travelSum = this.within = this.digital = 0;
    }

    add(visits, felt, thousandths, standard) {
        this.visits += visits;
        if (felt === Infinity) return;
        this.served += visits;
        this.feltSum += visits * felt;
        if (felt <= standard) this.within += visits;
        if (thousandths === UNREACHABLE_THOUSANDTHS) {
            this.digital += visits;
        } else {
            this.travelled += visits;
            this.travelSum += (visits * thousandths) / THOUSANDTHS;
        }
    }

    /** Means are over the served, or those who travel; shares over all visits. Null where there is nothing to take. */
    get figures() {
        const part = (sum, of) => (of > 0 ? sum / of : null);
        return {
            visits: this.visits,
            mean: part(this.feltSum, this.served),
            travelMean: part(this.travelSum, this.travelled),
            within: this.visits > 0 ? this.within / this.visits : 1,
            served: this.visits > 0 ? this.served / this.visits : 1,
            digital: this.visits > 0 ? this.digital / this.visits : 0,
        };
    }
}

/**
 * Openings of each service: visits that need a main reception go to mains, the others to any open place.
 * A stop that no team can visit is not open.
 */
function openingsOf(choice, rules, unvisited = []) {
    const all = [...choice.entries()]
        .filter(([site]) => !unvisited.includes(site))
        .sort(([a], [b]) => a - b)
        .map(([site, offer]) => ({ site, role: offer.role, waiting: offerOf(rules, offer).waiting }));
    return { near: all, main: all.filter(({ role }) => role === "main") };
}

function offerOf(rules, { role, days }) {
    return rules.offers.find((offer) => offer.role === role && offer.days === days);
}

/** Count a choice: a map from a site's position to its role and days. */
function evaluateChoice(ground, rules, choice) {
    const resources = resourcesOf(ground, rules, choice);
    const openings = openingsOf(choice, rules, resources.teams.unvisited);
    const services = Object.fromEntries(SERVICES.map((service) => [
        service, assign(ground.byMode[0], openings[service], rules.digital[service], ground.nCells)]));
    const county = new Tally();
    const areas = ground.municipalityNames.map(() => new Tally());
    for (const service of SERVICES) {
        const visits = ground.visits[service];
        const { felt, thousandths } = services[service];
        for (let cell = 0; cell < ground.nCells; cell += 1) {
            if (visits[cell] === 0) continue;
            county.add(visits[cell], felt[cell], thousandths[cell], rules.standard);
            areas[ground.municipality[cell]].add(visits[cell], felt[cell], thousandths[cell], rules.standard);
        }
    }
    return {
        services, county: county.figures, areas: areas.map((area) => area.figures),
        resources,
        withinByMode: ground.byMode.slice(1).map((rows) => withinBy(rows, ground, rules, openings)),
    };
}

/** Share of all visits within the standard by another mode of travel. */
function withinBy(rows, ground, rules, openings) {
    let [all, within] = [0, 0];
    for (const service of SERVICES) {
        const visits = ground.visits[service];
        const { felt } = assign(rows, openings[service], rules.digital[service], ground.nCells);
        for (let cell = 0; cell < ground.nCells; cell += 1) {
            all += visits[cell];
            if (felt[cell] <= rules.standard) within += visits[cell];
        }
    }
    return all > 0 ? within / all : 1;
}

/** The municipality whose visits take longest in the mean, with its figures; null where nobody makes any. */
function worstArea(ground, areas) {
    return areas.reduce((worst, area, index) => (
        area.mean !== null && (worst === null || area.mean > worst.mean)
            ? { name: ground.municipalityNames[index], mean: area.mean } : worst), null);
}

/** Staff and money of a choice: of its offers, and of the teams that visit its stops. */
function resourcesOf(ground, rules, choice) {
    const offers = [...choice.values()].map((offer) => offerOf(rules, offer));
    const sum = (name) => offers.reduce((total, offer) => total + offer[name], 0);
    const teams = teamsOf(ground, rules, choice);
    return {
        sek: sum("sek") + teams.sek,
        posts: sum("hours") / rules.hoursPerPost + teams.posts,
        teams,
    };
}
