// ---- reading the scene that the page carries; its counterpart is payload.py ----

/** Labels that many cells share: which one each has, and what it says. */
function decodeLabels(coded) {
    const positions = unpack(coded.positions, Uint16Array);
    return { positions, labels: coded.labels, of: (cell) => coded.labels[positions[cell]] };
}

/** Corners in the map's plane at zoom 0, so that a redraw only has to scale and shift. */
function decodeCells(packed, degreesPerUnit, map) {
    const degrees = unpack(packed.corners, Int32Array);
    const corners = new Float64Array(degrees.length);
    for (let i = 0; i < degrees.length; i += 2) {
        const point = map.project([degrees[i] * degreesPerUnit, degrees[i + 1] * degreesPerUnit], 0);
        corners[i] = point.x;
        corners[i + 1] = point.y;
    }
    const hasDemand = unpack(packed.hasDemand, Uint8Array);
    return {
        corners,
        count: corners.length / 8,
        hasDemand,
        allHaveDemand: hasDemand.every(Boolean),
        municipality: decodeLabels(packed.municipality),
        youths: decodeLabels(packed.youths),
    };
}

/**
 * A plan: `travel` holds, for each mode of travel with the scenario's own first, the services near and main:
 * minutes, sites, and the words for them. Of other modes the page may hold the words only; then the minutes are
 * worked out from those of all sites (`completeTravel`).
 */
function decodePlan(packed, scene) {
    const service = ({ tenths, site, ...words }) => (tenths === undefined ? { ...words, tenths: null }
        : serviceOf(unpack(tenths, Uint16Array), unpack(site, Int16Array), words, scene));
    const own = {
        label: scene.ownMode,
        near: service({ ...packed.near, digitalLabel: packed.digitalLabels[0] }),
        main: service({ ...packed.main, digitalLabel: packed.digitalLabels[1] }),
    };
    const others = packed.modes.map(({ label, near, main }) => ({ label, near: service(near), main: service(main) }));
    const plan = { ...packed, travel: [own, ...others], coverage: unpack(packed.coverage, Uint8Array) };
    delete plan.modes;
    plan.badges = assignBadges(scene.sites, plan.roles);
    return plan;
}

function serviceOf(tenths, site, words, { digitalTenths }) {
    return { tenths, site, ...words, hasDigital: tenths.includes(digitalTenths) };
}

/** Objects without a prototype: a site whose id is "constructor" is open only if a plan says so. */
function plain(key, value) {
    const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
    return isObject ? Object.assign(Object.create(null), value) : value;
}

function readScene(map) {
    const scene = JSON.parse(document.getElementById("siting_scene").textContent, plain);
    scene.cells = decodeCells(scene.cells, scene.degreesPerUnit, map);
    scene.plans = scene.plans.map((plan) => decodePlan(plan, scene));
    return scene;
}

/** Number and catchment colour of each site that a plan opens, by role: 1, 2, 3 ... without gaps. */
function assignBadges(sites, roles) {
    const ordered = OPEN_ROLES.flatMap((role) => sites.filter((site) => roles[site.id] === role));
    const badges = new Map();
    for (const site of ordered) {
        badges.set(site.id, { site, number: badges.size + 1, colour: freeColour(site, [...badges.values()]) });
    }
    return badges;
}

/** Of the colours used least, the one that differs most from those of the sites around. */
function freeColour(site, taken) {
    const from = L.latLng(site.position);
    const around = [...taken]
        .sort((a, b) => from.distanceTo(a.site.position) - from.distanceTo(b.site.position))
        .slice(0, 5);
    const uses = (colour) => taken.filter((badge) => badge.colour === colour).length;
    const fewest = Math.min(...CATCHMENT_COLOURS.map(uses));
    const contrast = (colour) => Math.min(...around.map((badge) => colourDistance(colour, badge.colour)));
    return CATCHMENT_COLOURS
        .filter((colour) => uses(colour) === fewest)
        .reduce((best, colour) => (contrast(colour) > contrast(best) ? colour : best));
}
