// ---- small tools; words of the scene are only ever set as text: nothing here writes markup ----

const UNREACHABLE = "unreachable";
const DIGITAL = "digital";
const OPEN_ROLES = ["main", "satellite", "stop"];
const ROLES = [...OPEN_ROLES, "candidate", "companion"];
const SERVICES = ["near", "main"];
const NBSP = "\u00a0"; // between a number and its unit

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

/** Put values at the {names} of a text. */
function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

const LOCALE = { sv: "sv-SE", en: "en-GB" }[document.documentElement.lang] ?? document.documentElement.lang;

function numberText(value, decimals = 0) {
    const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
    return new Intl.NumberFormat(LOCALE, digits).format(value + 0);
}

/** A difference, always with its sign; what rounds to nothing has none. */
function signedText(value, decimals = 0) {
    const size = numberText(Math.abs(value), decimals);
    if (size === numberText(0, decimals)) return "±0";
    return `${value < 0 ? "−" : "+"}${size}`;
}

/** Whole per cent; only nothing is 0 %, and only all is 100 %, as words.py writes it. */
function percentText(share) {
    const whole = Math.round(share * 100) / 100;
    if (whole === 0 && share > 1e-9) return `<${percentText(0.01)}`;
    if (whole === 1 && share < 1 - 1e-9) return `>${percentText(0.99)}`;
    return new Intl.NumberFormat(LOCALE, { style: "percent", maximumFractionDigits: 0 }).format(share);
}

/** Read little-endian numbers as payload.py packs them. */
function unpack(text, NumberArray) {
    const bytes = bytesOf(text);
    return new NumberArray(bytes.buffer);
}

function bytesOf(text) {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

async function inflate(text) {
    const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}

function factTable(facts, className = "facts") {
    const rows = facts.map(([label, value]) =>
        element("tr", {}, element("th", { scope: "row" }, label), element("td", {}, value)));
    return element("table", { class: className }, element("tbody", {}, ...rows));
}

/** A table of finished texts: columns, rows, and how many columns from the left hold text. */
function plainTable({ caption, columns, rows, textColumns = 1, sumRows = 0 }) {
    const align = (index) => (index < textColumns ? "text" : "figure");
    const head = columns.map((label, index) => element("th", { scope: "col", class: align(index) }, label));
    const body = rows.map((cells, row) => element("tr", { class: row >= rows.length - sumRows ? "sum" : null },
        ...cells.map((cell, index) => (index === 0
            ? element("th", { scope: "row", class: "text" }, cell)
            : element("td", { class: align(index) }, cell)))));
    const table = element("table", { class: "table" },
        element("caption", {}, caption),
        element("thead", {}, element("tr", {}, ...head)),
        element("tbody", {}, ...body));
    // A wide table is moved sideways by itself; the keyboard can do so too.
    return element("div", { class: "table-frame", role: "region", tabindex: "0", "aria-label": caption }, table);
}

function radios(name, legend, choices, chosen, onChoose) {
    const rows = choices.map(([value, label]) => {
        const input = element("input", {
            type: "radio", name, value, checked: value === chosen ? "" : false, onchange: () => onChoose(value),
        });
        return element("label", {}, input, element("span", {}, label));
    });
    return element("fieldset", {}, element("legend", {}, legend), ...rows);
}

/** A labelled list to choose one of; values are positions in it. */
function selectOne(name, label, choices, chosen, onChoose) {
    const options = choices.map(([value, words]) =>
        element("option", { value, selected: value === chosen ? "" : false }, words));
    const select = element("select", { name, onchange: ({ target }) => onChoose(choices[target.selectedIndex][0]) }, ...options);
    return element("label", { class: "select" }, element("span", {}, label), select);
}
