// ---- names on the map: placed one by one, most important first, where there is room ----

const COUNTY_BELOW_ZOOM = 10;
const SMALLEST_POPULATION_AT_ZOOM = [[8, 5000], [9, 1500], [10, 400], [11, 150], [12, 50]];

function smallestPopulation(zoom) {
    const step = SMALLEST_POPULATION_AT_ZOOM.find(([upper]) => zoom < upper);
    return step ? step[1] : 0;
}

/** Where a name may stand about its point: the top left corner for a given size and gap. */
function besidePoint({ x, y }, { width, height }, gap) {
    return [
        [x + gap, y - height / 2],
        [x - gap - width, y - height / 2],
        [x - width / 2, y - gap - height],
        [x - width / 2, y + gap],
        [x + gap * 0.7, y - height - gap * 0.3],
        [x + gap * 0.7, y + gap * 0.3],
    ];
}

function overPoint({ x, y }, { width, height }) {
    return [0, -1, 1, -2, 2].map((step) => [x - width / 2, y - height / 2 + step * height]);
}

function overlaps(a, b) {
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function isInside(a, b) {
    return a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
}

function boxAt([left, top], { width, height }) {
    return { left, top, right: left + width, bottom: top + height };
}

function squareAt({ x, y }, side) {
    return boxAt([x - side / 2, y - side / 2], { width: side, height: side });
}

/** The centre of a municipality's largest ring, by area. */
function ringCentre(feature) {
    const { type, coordinates } = feature.geometry;
    const rings = type === "Polygon" ? [coordinates[0]] : coordinates.map((polygon) => polygon[0]);
    const largest = rings.map(centreOfRing).reduce((best, ring) => (ring.area > best.area ? ring : best));
    return [largest.latitude, largest.longitude];
}

function centreOfRing(ring) {
    let [area, longitude, latitude] = [0, 0, 0];
    // Relative to the first point: differences of large numbers would lose the digits that matter.
    const [[x0, y0]] = ring;
    for (let i = 0; i < ring.length - 1; i += 1) {
        const [ax, ay, bx, by] = [ring[i][0] - x0, ring[i][1] - y0, ring[i + 1][0] - x0, ring[i + 1][1] - y0];
        const cross = ax * by - bx * ay;
        area += cross / 2;
        longitude += ((ax + bx) * cross) / 6;
        latitude += ((ay + by) * cross) / 6;
    }
    return { area: Math.abs(area), longitude: x0 + longitude / area, latitude: y0 + latitude / area };
}

function makeName(pane, text, className, position) {
    const label = element("span", { class: `name ${className}`, "aria-hidden": "true" }, text);
    pane.append(label);
    return { label, position, width: 0, height: 0 };
}

function makeNames(map, scene) {
    const pane = map.getPane("names");
    const municipalities = scene.borders.features.map((feature) =>
        makeName(pane, feature.properties.name, "municipality", ringCentre(feature)));
    const localities = [...scene.localities]
        .sort((a, b) => b.population - a.population)
        .map(({ name, population, position }) => (
            { ...makeName(pane, name, population >= 5000 ? "town" : "village", position), population }));
    measure([...municipalities, ...localities]);
    return { municipalities, localities, open: [], tours: [] };
}

/** All sizes in one go: reading between writes would lay the page out for each name. */
function measure(names) {
    for (const name of names) [name.width, name.height] = [name.label.offsetWidth, name.label.offsetHeight];
}

/** A name broken into two lines keeps the width it had to break at; take in what is not needed. */
function shrinkToLines(names) {
    const range = document.createRange();
    const widths = names.map(({ label }) => {
        range.selectNodeContents(label);
        return range.getBoundingClientRect().width;
    });
    names.forEach(({ label }, index) => { label.style.width = `${Math.ceil(widths[index])}px`; });
}

/** Each open site has two names, of which one shows: short for the county, whole for the town. */
function renameOpenSites(app) {
    const { map, names, plan, scene } = app;
    const pane = map.getPane("open-names");
    pane.replaceChildren();
    names.open = [...plan.badges.values()].flatMap(({ site }) =>
        [true, false].map((isShort) => {
            const words = isShort ? site.shortName : site.name;
            return { ...makeName(pane, words, `open of-${plan.roles[site.id]}`, site.position), site, isShort };
        }));
    shrinkToLines(names.open);
    measure(names.open);
    renameTours(app);
}

/** Each tour says on which weekday it is driven, halfway along its way. */
function renameTours(app) {
    const { map, names, plan } = app;
    for (const { label } of names.tours) label.remove();
    names.tours = plan.tours.filter(({ day }) => day).map((tour) =>
        makeName(map.getPane("open-names"), tour.day, "of-tour", halfway(map, tour.line)));
    measure(names.tours);
}

function halfway(map, line) {
    const lengths = line.slice(1).map((point, index) => map.distance(line[index], point));
    let left = lengths.reduce((sum, length) => sum + length, 0) / 2;
    let leg = 0;
    while (leg < lengths.length - 1 && lengths[leg] < left) {
        left -= lengths[leg];
        leg += 1;
    }
    const part = lengths[leg] > 0 ? left / lengths[leg] : 0;
    return [0, 1].map((axis) => line[leg][axis] + part * (line[leg + 1][axis] - line[leg][axis]));
}

function placeNames(app) {
    const room = roomForNames(app);
    placeOpenNames(app, room);
    const areToursSeen = app.layers.tours.getLayers().length > 0;
    for (const name of app.names.tours) {
        place(name, areToursSeen ? besidePoint(app.map.latLngToLayerPoint(name.position), name, 2) : [], room);
    }
    const { map, names } = app;
    const zoom = map.getZoom();
    const pointOf = ({ position }) => map.latLngToLayerPoint(position);
    names.municipalities.forEach((name) =>
        place(name, zoom < COUNTY_BELOW_ZOOM ? overPoint(pointOf(name), name) : [], room));
    const smallest = smallestPopulation(zoom);
    names.localities.forEach((name) =>
        place(name, name.population >= smallest ? besidePoint(pointOf(name), name, 5) : [], room));
}

/** What names must not cover, what they should not, and the part of the map that is seen. */
function roomForNames(app) {
    const { map, plan, scene } = app;
    const isOpen = (site) => site.id in plan.roles;
    const seen = scene.sites.filter((site) => isOpen(site) || map.hasLayer(app.layers[roleOf(site, plan)]));
    const topLeft = map.containerPointToLayerPoint([0, 0]);
    return {
        taken: seen.filter(isOpen).map((site) => squareAt(symbolPoint(map, site), 28)),
        avoid: seen.filter((site) => !isOpen(site)).map((site) => squareAt(symbolPoint(map, site), 12)),
        view: boxAt([topLeft.x, topLeft.y], { width: map.getSize().x, height: map.getSize().y }),
    };
}

/** Names of open sites stay inside the view, a town's only once; from close up they show even without room. */
function placeOpenNames({ map, names }, room) {
    const isCounty = map.getZoom() < COUNTY_BELOW_ZOOM;
    const towns = new Set();
    for (const name of names.open) {
        const point = symbolPoint(map, name.site);
        const isSaid = isCounty && towns.has(name.site.shortName);
        const isWanted = name.isShort === isCounty && !isSaid && overlaps(squareAt(point, 0), room.view);
        if (isWanted) towns.add(name.site.shortName);
        const spots = besidePoint(point, name, 16).filter((spot) => isInside(boxAt(spot, name), room.view));
        place(name, isWanted ? spots : [], room, isCounty ? undefined : spots[0]);
    }
}

/** Put a name at the first spot that is free, or hide it. */
function place(name, spots, room, fallback = undefined) {
    const isFree = (boxes) => (spot) => !boxes.some((box) => overlaps(box, boxAt(spot, name)));
    const spot = spots.length === 0 ? undefined
        : spots.find(isFree([...room.taken, ...room.avoid])) ?? spots.find(isFree(room.taken)) ?? fallback;
    name.label.style.visibility = spot ? "inherit" : "hidden";
    if (!spot) return;
    room.taken.push(boxAt(spot, name));
    L.DomUtil.setPosition(name.label, L.point(spot).round());
}
