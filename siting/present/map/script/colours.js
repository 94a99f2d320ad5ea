// ---- classes and their colours ----

// Class breaks are fixed, so that maps can be laid side by side; a break belongs to the class below it.
const CLASS_UPPER_MINUTES = [10, 20, 30, 45, 60, Infinity];
// From orange over violet to near black: even in lightness, so they keep their order in grey and for colour-blind
// readers; and the lightest is three times as dark as the ground.
const CLASS_COLOURS = ["#d07600", "#c5502a", "#ab2d62", "#7f1f86", "#4d1a7d", "#1b0a52"];
const TEAM_COLOUR = "#1d4fb8";
// Tol's muted colours and a few between them: told apart by colour-blind readers when not too many.
const CATCHMENT_COLOURS = [
    "#4477aa", "#ddcc77", "#117733", "#cc6677", "#88ccee", "#882255",
    "#999933", "#44aa99", "#332288", "#e69f00", "#aa4499", "#7a5230",
];

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

/** The colour a part of the way through a list of colours. */
function colourAt(colours, part) {
    const at = part * (colours.length - 1);
    const [a, b] = [Math.floor(at), Math.ceil(at)].map((index) => channels(colours[index]));
    const mixed = a.map((from, index) => Math.round(255 * (from + (b[index] - from) * (at - Math.floor(at)))));
    return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

/** Lightness and blue against yellow count most: all readers see them. Red against green counts half. */
function colourDistance(a, b) {
    const [r, g, blue] = channels(a).map((channel, index) => channel - channels(b)[index]);
    return Math.hypot(2 * (0.3 * r + 0.59 * g + 0.11 * blue), blue - (r + g) / 2, (r - g) / 2);
}
