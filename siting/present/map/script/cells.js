// ---- cells: one canvas, redrawn when the map has moved ----

const SMALLEST_CELL_PIXELS = 3.2;

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
