"use strict";

/*
 * The map of one page. `showSitingMap(map)` reads the scene that maps.py left in the page, and draws it.
 *
 * Words of the scene are only ever set as text (`element` below); nothing here writes markup.
 */
const showSitingMap = (() => {
    // Class breaks are fixed, so that maps can be laid side by side; a break belongs to the class below it.
    const CLASS_UPPER_MINUTES = [10, 20, 30, 45, 60, Infinity];
    // Steps of "plasma": even in lightness, so they keep their order in grey and for colour-blind readers.
    const CLASS_COLOURS = ["#fcc02a", "#f58b47", "#dd5e66", "#b12a90", "#6a00a8", "#1b0a52"];
    const UNREACHABLE = "unreachable";
    const DIGITAL = "digital";
    const OPEN_ROLES = ["main", "satellite", "stop"];
    const ROLES = [...OPEN_ROLES, "candidate", "companion"];
    const TEAM_COLOUR = "#1d4fb8";
    // More tours than this would hide the map; then they are drawn when the reader asks for them.
    const MOST_TOURS_AT_FIRST = 6;
    // Tol's muted colours and a few between them: told apart by colour-blind readers when not too many.
    const CATCHMENT_COLOURS = [
        "#4477aa", "#ddcc77", "#117733", "#cc6677", "#88ccee", "#882255",
        "#999933", "#44aa99", "#332288", "#e69f00", "#aa4499", "#7a5230",
    ];
    const VIEWS = ["near", "main", "catchment", "none"]; // between main and catchment: other modes of travel
    const SMALLEST_CELL_PIXELS = 3.2;
    // Clear of the buttons in the corner.
    const POPUP = { maxWidth: 280, autoPanPaddingTopLeft: [52, 8] };

    // ---- small tools ----

    /** Make an element; children that are strings become text, never markup. */
    function element(tag, attributes = {}, ...children) {
        const made = document.createElement(tag);
        for (const [name, value] of Object.entries(attributes)) {
            if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
            else if (value !== false && value !== null) made.setAttribute(name, value);
        }
        made.append(...children.filter((child) => child !== null));
        return made;
    }

    /** Read little-endian numbers as maps.py packs them. */
    function unpack(text, NumberArray) {
        const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
        return new NumberArray(bytes.buffer);
    }

    function factTable(facts, className = "facts") {
        const rows = facts.map(([label, value]) =>
            element("tr", {}, element("th", { scope: "row" }, label), element("td", {}, value)));
        return element("table", { class: className }, element("tbody", {}, ...rows));
    }

    function classOf(tenths) {
        return CLASS_UPPER_MINUTES.findIndex((upper) => tenths <= upper * 10);
    }

    function classLabel(index) {
        const lower = index === 0 ? 0 : CLASS_UPPER_MINUTES[index - 1];
        const upper = CLASS_UPPER_MINUTES[index];
        return upper === Infinity ? `> ${lower}` : `${lower}–${upper}`;
    }

    /** Red, green and blue of "#rrggbb", each 0 to 1. */
    function channels(colour) {
        return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16) / 255);
    }

    /** Black or white, whichever is easier to read on the colour (relative luminance of WCAG). */
    function inkOn(colour) {
        const linear = channels(colour).map((part) =>
            (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
        const luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
        return luminance > 0.179 ? "#000000" : "#ffffff";
    }

    // ---- reading the scene ----

    function decodeLabels(coded) {
        const positions = unpack(coded.positions, Uint16Array);
        return (cell) => coded.labels[positions[cell]];
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

    /** Both services of a plan: minutes, sites, and what digital contact is called. */
    function decodePlan(packed, digitalTenths) {
        const [nearTenths, mainTenths] = [packed.nearTenths, packed.mainTenths].map((text) => unpack(text, Uint16Array));
        const [nearSite, mainSite] = [packed.nearSite, packed.mainSite].map((text) => unpack(text, Int16Array));
        const service = (tenths, site, digitalLabel) => (
            { tenths, site, digitalLabel, hasDigital: tenths.includes(digitalTenths) });
        const modes = packed.modes.map((mode) => ({
            ...service(unpack(mode.tenths, Uint16Array), unpack(mode.site, Int16Array), ""),
            view: mode.view, legend: mode.legend, card: mode.card, unreachable: mode.unreachable,
        }));
        return {
            ...packed,
            modes,
            near: service(nearTenths, nearSite, packed.digitalLabels[0]),
            main: service(mainTenths, mainSite, packed.digitalLabels[1]),
        };
    }

    function readScene(map) {
        const scene = JSON.parse(document.getElementById("siting_scene").textContent);
        scene.cells = decodeCells(scene.cells, scene.degreesPerUnit, map);
        scene.plans = scene.plans.map((plan) => decodePlan(plan, scene.digitalTenths));
        for (const plan of scene.plans) {
            plan.badges = assignBadges(scene.sites, plan.roles);
        }
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

    /** Lightness and blue against yellow count most: all readers see them. Red against green counts half. */
    function colourDistance(a, b) {
        const [r, g, blue] = channels(a).map((channel, index) => channel - channels(b)[index]);
        return Math.hypot(2 * (0.3 * r + 0.59 * g + 0.11 * blue), blue - (r + g) / 2, (r - g) / 2);
    }

    // ---- cells: one canvas, redrawn when the map has moved ----

    const CellLayer = L.Layer.extend({
        initialize(cells) {
            this._cells = cells;
            this._fillOf = () => null;
        },
        onAdd(map) {
            this._canvas = L.DomUtil.create("canvas", "", map.getPane("cells"));
            this._reset();
        },
        getEvents() {
            return { moveend: this._reset, resize: this._reset };
        },
        /** Paint each cell with the colour that `fillOf(cell)` gives; null leaves it out. */
        paint(fillOf) {
            this._fillOf = fillOf;
            this._draw();
        },
        /** The cell at a place, or -1; small cells may be missed by a few pixels. */
        cellAt(latlng) {
            const { corners, count } = this._cells;
            const point = this._map.project(latlng, 0);
            const tolerance = 6 / 2 ** this._map.getZoom();
            let found = -1;
            let best = Infinity;
            for (let cell = 0; cell < count; cell += 1) {
                const at = cell * 8;
                const dx = Math.abs(point.x - (corners[at] + corners[at + 4]) / 2);
                const dy = Math.abs(point.y - (corners[at + 1] + corners[at + 5]) / 2);
                const halfSide = sideOf(corners, at) / 2;
                const distance = Math.hypot(dx, dy);
                const isNear = Math.max(dx, dy) <= Math.max(halfSide, tolerance);
                if (isNear && distance < best) [found, best] = [cell, distance];
            }
            return found;
        },
        outline(cell) {
            const corners = this._cells.corners.subarray(cell * 8, cell * 8 + 8);
            return [0, 2, 4, 6].map((i) => this._map.unproject([corners[i], corners[i + 1]], 0));
        },
        /** Cover the view and a margin, so that a short drag shows no empty edge. */
        _reset() {
            const size = this._map.getSize();
            const margin = size.multiplyBy(0.2).round();
            const extent = size.add(margin.multiplyBy(2));
            this._topLeft = this._map.containerPointToLayerPoint(margin.multiplyBy(-1)).round();
            L.DomUtil.setPosition(this._canvas, this._topLeft);
            this._canvas.style.width = `${extent.x}px`;
            this._canvas.style.height = `${extent.y}px`;
            this._extent = extent;
            this._draw();
        },
        _draw() {
            // Setting its size empties a canvas. On paper, clearRect would paint white over what lies below.
            this._canvas.width = this._extent.x * devicePixelRatio;
            this._canvas.height = this._extent.y * devicePixelRatio;
            const context = this._canvas.getContext("2d");
            context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
            const scale = 2 ** this._map.getZoom();
            const origin = this._map.getPixelOrigin().add(this._topLeft);
            for (let cell = 0; cell < this._cells.count; cell += 1) {
                const fill = this._fillOf(cell);
                if (fill !== null) this._drawCell(context, cell, fill, scale, origin);
            }
        },
        _drawCell(context, cell, fill, scale, origin) {
            const { corners, hasDemand } = this._cells;
            const at = cell * 8;
            const side = sideOf(corners, at) * scale;
            const x = ((corners[at] + corners[at + 4]) / 2) * scale - origin.x;
            const y = ((corners[at + 1] + corners[at + 5]) / 2) * scale - origin.y;
            if (x < -side || y < -side || x > this._extent.x + side || y > this._extent.y + side) return;
            // Never too small to see, and half a pixel more than true, so that no seam shows between neighbours.
            const grow = Math.max(SMALLEST_CELL_PIXELS / side, 1 + 0.5 / side);
            context.beginPath();
            for (let i = 0; i < 8; i += 2) {
                const cornerX = corners[at + i] * scale - origin.x;
                const cornerY = corners[at + i + 1] * scale - origin.y;
                context.lineTo(x + (cornerX - x) * grow, y + (cornerY - y) * grow);
            }
            context.closePath();
            context.globalAlpha = hasDemand[cell] ? 1 : 0.3;
            if (fill === UNREACHABLE) hatch(context, x, y, Math.max(side, SMALLEST_CELL_PIXELS));
            else if (fill === DIGITAL) dot(context, x, y, Math.max(side, SMALLEST_CELL_PIXELS));
            else {
                context.fillStyle = fill;
                context.fill();
            }
        },
    });

    function sideOf(corners, at) {
        return Math.max(Math.abs(corners[at + 4] - corners[at]), Math.abs(corners[at + 5] - corners[at + 1]));
    }

    /** Hollow and struck through, so that it differs from every class also in grey. */
    function hatch(context, x, y, side) {
        context.fillStyle = "#ffffff";
        context.fill();
        context.strokeStyle = "#555555";
        context.lineWidth = 1;
        const half = side / 2;
        const steps = Math.max(1, Math.round(side / 6));
        for (let step = 1 - steps; step < steps; step += 1) {
            const shift = (step * side) / steps;
            context.moveTo(x - half + Math.max(0, shift), y + half + Math.min(0, shift));
            context.lineTo(x + half + Math.min(0, shift), y - half + Math.max(0, shift));
        }
        context.stroke();
    }

    /** Pale with dots: nobody travels from here, but all are served. */
    function dot(context, x, y, side) {
        context.fillStyle = "#c9d9ff";
        context.fill();
        context.fillStyle = TEAM_COLOUR;
        const steps = Math.max(1, Math.round(side / 6));
        const gap = side / steps;
        context.beginPath();
        for (let column = 0; column < steps; column += 1) {
            for (let row = 0; row < steps; row += 1) {
                const [left, top] = [x - side / 2 + gap * (column + 0.5), y - side / 2 + gap * (row + 0.5)];
                context.moveTo(left + gap * 0.28, top);
                context.arc(left, top, gap * 0.28, 0, 2 * Math.PI);
            }
        }
        context.fill();
    }

    // ---- base map ----

    function addPanes(map) {
        // Markers are at 600: names of open sites lie over them, all other names under.
        const panes = { borders: 210, cells: 220, roads: 230, highlight: 240, tours: 245, names: 250, "open-names": 610 };
        for (const [name, zIndex] of Object.entries(panes)) {
            const pane = map.createPane(name);
            pane.style.zIndex = zIndex;
            pane.style.pointerEvents = "none";
            // Leaflet hides this class while it animates a zoom: old squares at a new scale would mislead.
            if (!["borders", "roads", "highlight", "tours"].includes(name)) pane.classList.add("leaflet-zoom-hide");
        }
    }

    function addBaseMap(map, scene) {
        const below = L.svg({ pane: "borders", padding: 0.3 });
        const above = L.svg({ pane: "roads", padding: 0.3 });
        const quiet = { interactive: false };
        const ground = { ...quiet, renderer: below, fillColor: "#fbfaf6", fillOpacity: 1, color: "#fbfaf6", weight: 1 };
        const border = { ...quiet, renderer: above, fill: false, color: "#5f5f5f", weight: 1, dashArray: "5 3" };
        const borders = L.geoJSON(scene.borders, ground).addTo(map);
        const water = { ...quiet, renderer: below, fillColor: "#cfe3ee", fillOpacity: 1, color: "#9cc3d8", weight: 1 };
        L.geoJSON(scene.lakes, water).addTo(map);
        const shapesOf = (isMain) => scene.roads.filter((road) => road.isMain === isMain).map((road) => road.points);
        L.polyline(shapesOf(false), { ...quiet, renderer: above, color: "#8d8d8d", weight: 0.8 }).addTo(map);
        L.polyline(shapesOf(true), { ...quiet, renderer: above, color: "#4d4d4d", weight: 1.6 }).addTo(map);
        L.geoJSON(scene.borders, border).addTo(map);
        return borders;
    }

    function wholeArea(scene, borders) {
        const bounds = borders.getBounds();
        scene.sites.forEach((site) => bounds.extend(site.position));
        return bounds;
    }

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
        return { municipalities, localities, open: [] };
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
    }

    function placeNames(app) {
        const room = roomForNames(app);
        placeOpenNames(app, room);
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

    // ---- sites ----

    /** A square on its corner, behind the number: first its white casing, then itself. */
    function diamond() {
        const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        drawn.setAttribute("viewBox", "-15 -15 30 30");
        for (let i = 0; i < 2; i += 1) {
            const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
            path.setAttribute("d", "M0-12 12 0 0 12-12 0Z");
            drawn.append(path);
        }
        return drawn;
    }

    function symbol(role, { number = "", colour = null, isEstimated = false } = {}) {
        const made = element("span", { class: `symbol ${role}${isEstimated ? " estimated" : ""}` },
            role === "stop" ? diamond() : null, String(number));
        if (colour) {
            made.style.setProperty("--fill", colour);
            made.style.color = inkOn(colour);
        }
        return made;
    }

    function roleOf(site, plan) {
        if (site.id in plan.roles) return plan.roles[site.id];
        return site.isCandidate ? "candidate" : "companion";
    }

    function siteSymbol(app, site) {
        const { plan, view } = app;
        const badge = plan.badges.get(site.id);
        return symbol(roleOf(site, plan), {
            number: badge?.number ?? "",
            colour: badge && view === "catchment" ? badge.colour : null,
            isEstimated: site.id in plan.roles && site.estimateNote !== "",
        });
    }

    /** Sites at one place: the most important in the middle, the others round it, so that none hides another. */
    function spreadSites(scene, plan) {
        const places = new Map();
        const rank = (site) => ROLES.indexOf(roleOf(site, plan));
        for (const site of [...scene.sites].sort((a, b) => rank(a) - rank(b))) {
            const key = site.position.map((degrees) => degrees.toFixed(4)).join();
            places.set(key, [...(places.get(key) ?? []), site]);
        }
        for (const [centre, ...others] of places.values()) {
            centre.shift = [0, 0];
            spreadRound(centre, others, (site) => (site.id in plan.roles ? 31 : 14));
        }
    }

    function spreadRound(centre, others, diameterOf) {
        const diameters = others.map(diameterOf);
        let radius = (diameterOf(centre) + Math.max(0, ...diameters)) / 2;
        while (ringAngles(diameters, radius).at(-1) > 2 * Math.PI) radius += 2;
        const angles = ringAngles(diameters, radius);
        others.forEach((site, index) => {
            // From the lower left round and upwards: the name of an open site stands to the right.
            const angle = 0.75 * Math.PI + angles[index];
            site.shift = [radius * Math.cos(angle), radius * Math.sin(angle)].map(Math.round);
        });
    }

    /** Angles at which circles touch on a ring; the last one says where the first could stand again. */
    function ringAngles(diameters, radius) {
        const angles = [0];
        diameters.forEach((diameter, index) => {
            const next = diameters[(index + 1) % diameters.length];
            angles.push(angles.at(-1) + 2 * Math.asin(Math.min(1, (diameter + next) / 4 / radius)));
        });
        return angles;
    }

    /** Symbols and their distances shrink a little when the whole county is seen. */
    function spreadAt(zoom) {
        return zoom < 9 ? 0.75 : 1;
    }

    /** Where a site's symbol is drawn, in the plane of the panes. */
    function symbolPoint(map, site) {
        return map.latLngToLayerPoint(site.position).add(L.point(site.shift).multiplyBy(spreadAt(map.getZoom())));
    }

    function siteMarker(app, site) {
        const { plan, scene } = app;
        const role = roleOf(site, plan);
        const html = siteSymbol(app, site);
        const [dx, dy] = site.shift;
        html.style.setProperty("--dx", `${dx}px`);
        html.style.setProperty("--dy", `${dy}px`);
        const isOpen = site.id in plan.roles;
        const icon = L.divIcon({ html, className: "site", iconSize: isOpen ? [28, 28] : [16, 16] });
        // Open sites and the panel are one short walk with the keyboard; closed premises would make it long.
        const marker = L.marker(site.position, { icon, keyboard: isOpen, zIndexOffset: -1000 * ROLES.indexOf(role) });
        const words = [site.name, scene.texts[`role_${role}`], site.kindLabel, site.municipality, ...openness(plan, site)];
        marker.on("add", () => marker.getElement().setAttribute("aria-label", words.join(", ")));
        marker.bindTooltip(siteTooltip(app, site, role), { direction: "top", offset: [dx, dy - 8] });
        marker.bindPopup(() => sitePopup(app, site, role), { ...POPUP, offset: [dx, dy - 4] });
        return marker;
    }

    /** How often a site is open, and whose base it is, as far as that is known. */
    function openness(plan, site) {
        return [plan.days[site.id], plan.bases[site.id]].filter(Boolean);
    }

    function siteTooltip(app, site, role) {
        return element("div", {},
            element("strong", {}, site.name),
            element("div", {}, `${app.scene.texts[`role_${role}`]} · ${site.kindLabel}`),
            element("div", {}, openness(app.plan, site).join(" · ")));
    }

    function sitePopup(app, site, role) {
        return element("div", { class: "card" },
            element("h3", {}, site.name),
            element("p", {}, element("strong", {}, app.scene.texts[`role_${role}`])),
            element("p", {}, `${site.kindLabel} · ${site.municipality}`),
            element("p", {}, openness(app.plan, site).join(" · ")),
            factTable(app.plan.siteFacts[site.id] ?? []),
            site.estimateNote ? element("p", { class: "estimate" }, site.estimateNote) : null);
    }

    function drawSites(app) {
        spreadSites(app.scene, app.plan);
        for (const role of ["open", "candidate", "companion"]) app.layers[role].clearLayers();
        app.markers = new Map();
        for (const site of app.scene.sites) {
            const role = roleOf(site, app.plan);
            const layer = app.layers[role] ?? app.layers.open;
            app.markers.set(site.id, siteMarker(app, site).addTo(layer));
        }
        renameOpenSites(app);
        placeNames(app);
    }

    /** Bring an open site into view and tell about it. */
    function visitSite(app, site) {
        app.map.setView(site.position, Math.max(app.map.getZoom(), 9.5), { animate: false });
        app.markers.get(site.id).openPopup();
    }

    // ---- tours of the travelling teams: straight lines, which show the order ----

    function tourLine(app, tour) {
        return tour.sites.map((position) => app.scene.sites[position].position);
    }

    function stopsOf(app, tour) {
        return tour.sites.slice(1, -1).map((position) => app.scene.sites[position]);
    }

    function stopNames(app, tour) {
        return stopsOf(app, tour).map((site) => site.shortName).join(" – ");
    }

    function showsTours(app) {
        return app.wantsTours ?? app.plan.tours.length <= MOST_TOURS_AT_FIRST;
    }

    function drawTours(app) {
        const { layers, map, plan } = app;
        layers.tours.clearLayers();
        if (plan.tours.length === 0 || !showsTours(app)) return;
        const style = { pane: "tours", renderer: app.tourRenderer, fill: false };
        const lines = plan.tours.map((tour) => tourLine(app, tour));
        L.polyline(lines, { ...style, color: "#ffffff", weight: 5, opacity: 0.85, interactive: false }).addTo(layers.tours);
        L.polyline(lines, { ...style, color: TEAM_COLOUR, weight: 2, interactive: false }).addTo(layers.tours);
        plan.tours.forEach((tour, index) => {
            // Wide enough for a finger, and not seen until it is pointed at.
            const line = L.polyline(lines[index], { ...style, color: TEAM_COLOUR, weight: 16, opacity: 0 });
            // Not bindTooltip: its listeners would make each line a stop on the way with the keyboard, beside the list.
            const tooltip = L.tooltip({ direction: "top", offset: [0, -6] }).setContent(tourTooltip(app, tour));
            line.on({
                mouseover({ latlng }) {
                    line.setStyle({ opacity: 0.35 });
                    tooltip.setLatLng(latlng).openOn(map);
                },
                mousemove: ({ latlng }) => tooltip.setLatLng(latlng),
                mouseout() {
                    line.setStyle({ opacity: 0 });
                    tooltip.close();
                },
                remove: () => tooltip.close(),
                click(event) {
                    L.DomEvent.stop(event);
                    tooltip.close();
                    openTour(app, tour, event.latlng);
                },
            });
            line.addTo(layers.tours);
        });
    }

    function tourTooltip(app, tour) {
        return element("div", {},
            element("strong", {}, tour.title),
            element("div", {}, tour.team),
            element("div", {}, stopNames(app, tour)),
            element("div", {}, tour.driving));
    }

    function tourCard(app, tour) {
        return element("div", { class: "card" },
            element("h3", {}, tour.title),
            element("p", {}, tour.team),
            factTable(tour.schedule, "facts schedule"),
            element("p", {}, tour.driving));
    }

    /** Tell about a tour, and draw it thick while its card is open. */
    function openTour(app, tour, latlng) {
        const line = tourLine(app, tour);
        const casing = { pane: "tours", renderer: app.tourRenderer, fill: false, color: "#ffffff", weight: 9, interactive: false };
        const frame = L.layerGroup([
            L.polyline(line, casing), L.polyline(line, { ...casing, color: TEAM_COLOUR, weight: 5 }),
        ]).addTo(app.map);
        L.popup({ ...POPUP, offset: [0, -2], maxHeight: Math.max(140, app.map.getSize().y - 60) })
            .setLatLng(latlng)
            .setContent(tourCard(app, tour))
            .on("remove", () => frame.remove())
            .openOn(app.map);
    }

    /** Bring a tour into view; its card stands at the northernmost place, so that it hides little of it. */
    function visitTour(app, tour) {
        const line = tourLine(app, tour);
        const above = app.map.getSize().y * 0.35;
        app.map.fitBounds(line, {
            animate: false, maxZoom: 10, paddingTopLeft: [60, above], paddingBottomRight: [40, 30],
        });
        openTour(app, tour, line.reduce((a, b) => (b[0] > a[0] ? b : a)));
    }

    // ---- cells: colour and card ----

    function minutesFill(tenths, { unreachableTenths, digitalTenths }) {
        if (tenths === digitalTenths) return DIGITAL;
        return tenths === unreachableTenths ? UNREACHABLE : CLASS_COLOURS[classOf(tenths)];
    }

    function catchmentFill({ plan, scene }, cell) {
        if (plan.near.tenths[cell] === scene.digitalTenths) return DIGITAL;
        const site = scene.sites[plan.near.site[cell]];
        return site && site.id in plan.roles ? plan.badges.get(site.id).colour : UNREACHABLE;
    }

    function fillFor(app) {
        if (app.view === "none") return () => null;
        if (app.view === "catchment") return (cell) => catchmentFill(app, cell);
        const { tenths } = serviceShown(app);
        return (cell) => minutesFill(tenths[cell], app.scene);
    }

    /** The service whose minutes the colours show: "near", "main", or the place in the list of other modes. */
    function serviceShown({ plan, view }) {
        return plan[view] || plan.modes[view];
    }

    /** All views with their labels; a mode is known by its place in the plans' lists. */
    function viewChoices({ scene }) {
        const [near, main, ...others] = VIEWS.map((view) => [view, scene.texts[`view_${view}`]]);
        return [near, main, ...scene.plans[0].modes.map((mode, index) => [index, mode.view]), ...others];
    }

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
        return element("div", { class: "card" },
            element("h3", {}, cells.municipality(cell)),
            factTable([
                [texts.youths, cells.youths(cell)],
                [texts.nearest, placeAndMinutes(app, plan.near, cell)],
                [texts.nearest_main, placeAndMinutes(app, plan.main, cell)],
                ...plan.modes.map((mode) => [mode.card, placeAndMinutes(app, mode, cell)]),
            ], "facts stacked"));
    }

    function openCell(app, latlng) {
        const cell = app.view === "none" ? -1 : app.cells.cellAt(latlng);
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

    // ---- panel ----

    function radios(name, legend, choices, chosen, onChoose) {
        const rows = choices.map(([value, label]) => {
            const input = element("input", {
                type: "radio", name, value, checked: value === chosen ? "" : false, onchange: () => onChoose(value),
            });
            return element("label", {}, input, element("span", {}, label));
        });
        return element("fieldset", {}, element("legend", {}, legend), ...rows);
    }

    function timeLegend(app) {
        const { texts, cells } = app.scene;
        if (app.view === "main" && !Object.values(app.plan.roles).includes("main")) {
            return element("p", {}, texts.no_main);
        }
        const classes = CLASS_COLOURS.map((colour, index) => {
            const swatch = element("span", { class: "swatch" });
            swatch.style.backgroundColor = colour;
            return element("li", {}, swatch, classLabel(index));
        });
        return element("div", {},
            element("p", { class: "legend-title" }, serviceShown(app).legend || texts.minutes_legend),
            element("ol", { class: "classes" }, ...classes),
            swatchRow("unreachable", serviceShown(app).unreachable || texts.unreachable),
            digitalRow(serviceShown(app)),
            cells.allHaveDemand ? null : swatchRow("pale", texts.no_demand));
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
            digitalRow(app.plan.near));
    }

    function drawLegend(app) {
        const legend = app.view === "catchment" ? catchmentLegend : timeLegend;
        // Of another mode the rule does not speak.
        const rule = app.view in app.plan.modes ? [] : [element("p", { class: "hint" }, app.plan.bestRule)];
        app.parts.legend.replaceChildren(...(app.view === "none" ? [] : [legend(app), ...rule]));
    }

    function drawPlanFacts(app) {
        const { plan, scene } = app;
        app.parts.facts.replaceChildren(element("h2", {}, plan.title), factTable(plan.facts));
        app.parts.places.replaceChildren(
            element("h2", {}, scene.texts.open_places), ...OPEN_ROLES.flatMap((role) => placesOf(app, role)));
        app.parts.tours.hidden = app.parts.tourToggle.hidden = plan.tours.length === 0;
        app.parts.tours.replaceChildren(...(plan.tours.length ? tourList(app) : []));
        app.parts.tourToggle.querySelector("input").checked = showsTours(app);
    }

    /** A button of a list: what it is in the first line, the rest in the second. */
    function visitRow(onclick, sign, title, words) {
        const kind = sign ? "visit" : "visit tour";
        return element("li", {}, element("button", { type: "button", class: kind, onclick }, sign,
            element("span", {}, element("strong", {}, title), element("small", {}, words.join(" · ")))));
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
        const input = element("input", { type: "checkbox", checked: isOn ? "" : false, onchange: toggle });
        const text = app.scene.texts[`role_${role}`];
        return element("label", { class: "key" }, symbol(role), element("span", {}, text), input);
    }

    function tourToggle(app) {
        const toggle = ({ target }) => {
            app.wantsTours = target.checked;
            drawTours(app);
        };
        return element("label", { class: "key" }, element("span", { class: "line" }),
            element("span", {}, app.scene.texts.show_tours), element("input", { type: "checkbox", onchange: toggle }));
    }

    function symbolKey(app) {
        const { texts } = app.scene;
        const row = (made, text) => element("div", { class: "key" }, made, element("span", {}, text));
        return element("section", {},
            element("h2", {}, texts.symbols),
            row(symbol("main"), texts.role_main),
            row(symbol("satellite"), texts.role_satellite),
            app.scene.plans.some(({ roles }) => Object.values(roles).includes("stop"))
                ? row(symbol("stop"), texts.role_stop) : null,
            app.parts.tourToggle,
            layerToggle(app, "candidate", true),
            layerToggle(app, "companion", false),
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

    function buildPanel(app) {
        const { scene, parts } = app;
        const { texts } = scene;
        const panel = document.getElementById("siting_panel");
        parts.facts = element("section", { "aria-live": "polite" });
        parts.legend = element("div", { class: "legend" });
        parts.places = element("section", {});
        parts.tours = element("section", {});
        parts.tourToggle = tourToggle(app);
        const plans = scene.plans.map((plan, index) => [index, plan.title]);
        const views = viewChoices(app);
        panel.append(
            element("header", {}, element("h1", {}, scene.title), panelToggle(app, panel)),
            element("div", { class: "body", id: "siting_panel_body" },
                plans.length > 1 ? radios("plan", texts.plans, plans, 0, (index) => choosePlan(app, index)) : null,
                element("section", { class: "colours" },
                    radios("view", texts.cell_view, views, app.view, (view) => chooseView(app, view)),
                    parts.legend,
                    element("p", { class: "hint" }, texts.click_hint)),
                parts.facts,
                symbolKey(app),
                parts.places,
                parts.tours,
                element("section", { class: "notes" },
                    element("h2", {}, texts.notes), ...scene.notes.map((note) => element("p", {}, note)))));
    }

    // ---- what the reader chooses ----

    function redraw(app) {
        app.map.closePopup();
        app.cells.paint(fillFor(app));
        drawTours(app);
        drawSites(app);
        drawPlanFacts(app);
        drawLegend(app);
    }

    function choosePlan(app, index) {
        app.plan = app.scene.plans[index];
        redraw(app);
    }

    function chooseView(app, view) {
        app.view = view;
        redraw(app);
    }

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
        L.control.scale({ imperial: false }).addTo(map);
        if (app.scene.attribution) {
            // Leaflet's own control would take the text for HTML.
            const whose = L.control({ position: "bottomright" });
            whose.onAdd = () => element("p", { class: "attribution" }, app.scene.attribution);
            whose.addTo(map);
        }
    }

    /** A popup takes the focus and gives it back, and Escape closes it. */
    function followFocus(app) {
        let opener = null;
        app.map.on("popupopen", ({ popup }) => {
            const box = popup.getElement();
            opener = document.activeElement;
            box.setAttribute("role", "dialog");
            box.setAttribute("aria-label", box.querySelector("h3").textContent);
            box.tabIndex = -1;
            box.querySelector(".leaflet-popup-close-button").setAttribute("aria-label", app.scene.texts.close);
            box.focus({ preventScroll: true });
        });
        app.map.on("popupclose", ({ popup }) => {
            if (popup.getElement()?.contains(document.activeElement)) opener?.focus({ preventScroll: true });
        });
        document.addEventListener("keydown", ({ key }) => {
            if (key === "Escape") app.map.closePopup();
        });
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
            app.map.fitBounds(isWhole ? app.bounds : before.bounds, { animate: false });
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
            if (isWhole) app.map.fitBounds(app.bounds, { animate: false });
        }).observe(app.map.getContainer());
    }

    function showScene(map) {
        const scene = readScene(map);
        const app = {
            map, scene, plan: scene.plans[0], view: VIEWS[0], parts: {}, markers: new Map(),
            layers: { open: L.layerGroup(), candidate: L.layerGroup(), companion: L.layerGroup(), tours: L.layerGroup() },
            tourRenderer: L.svg({ pane: "tours", padding: 0.3 }),
            wantsTours: null,
        };
        map.getContainer().setAttribute("aria-label", scene.texts.map_label);
        buildPanel(app);
        addPanes(map);
        map.invalidateSize({ animate: false });
        map.setView(scene.sites[0]?.position ?? [0, 0], 8);
        app.bounds = wholeArea(scene, addBaseMap(map, scene));
        map.fitBounds(app.bounds, { animate: false }).setMaxBounds(app.bounds.pad(0.5));
        app.cells = new CellLayer(scene.cells).addTo(map);
        app.layers.tours.addTo(map);
        app.layers.open.addTo(map);
        app.layers.candidate.addTo(map);
        app.names = makeNames(map, scene);
        redraw(app);
        addControls(app);
        followFocus(app);
        followPrinting(app);
        followView(app);
        map.on("click", ({ latlng }) => openCell(app, latlng));
    }

    return showScene;
})();
