// ---- keeping a choice: in the address, and as a scenario file that `siting run` takes ----

const ROLE_LETTERS = { main: "m", satellite: "s", stop: "t" };

/** The choice as the fragment of an address: "plan=two-mains&choice=YC01:m5,SS11:s2". */
function fragmentOf({ scene, loaded, whatIf }) {
    const parts = [...whatIf.choice.entries()].sort(([a], [b]) => a - b).map(([site, { role, days }]) =>
        `${encodeURIComponent(scene.sites[site].id)}:${ROLE_LETTERS[role]}${days}`);
    return `plan=${encodeURIComponent(loaded.name)}&choice=${parts.join(",")}`;
}

function addressOf(app) {
    return `${location.href.split("#")[0]}#${fragmentOf(app)}`;
}

function rememberInAddress(app) {
    history.replaceState(null, "", isUnchanged(app) ? location.href.split("#")[0] : `#${fragmentOf(app)}`);
}

/** Read a fragment; what this page does not know is left out, and said. */
function readFragment({ scene }) {
    const read = Object.fromEntries(location.hash.slice(1).split("&").map((part) => part.split("=")));
    if (!read.choice && read.choice !== "") return null;
    const index = scene.plans.findIndex(({ name }) => name === decoded(read.plan ?? ""));
    const plan = scene.plans[Math.max(index, 0)];
    const choice = new Map();
    const unknown = index < 0 ? [decoded(read.plan ?? "")] : [];
    for (const part of read.choice.split(",").filter(Boolean)) {
        const [id, offer] = part.split(":");
        const site = scene.sites.findIndex((each) => each.isCandidate && each.id === decoded(id));
        const role = Object.keys(ROLE_LETTERS).find((each) => ROLE_LETTERS[each] === offer?.[0]);
        const days = Number(offer?.slice(1));
        const isPossible = role !== "stop" || scene.whatIf.siteMinutes !== null;
        if (site >= 0 && isPossible && offerOf(plan.rules, { role, days })) choice.set(site, { role, days });
        else unknown.push(decoded(part));
    }
    return { index: Math.max(index, 0), choice, unknown };
}

function decoded(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text; // not what this page writes
    }
}

/** Open the choice that the address tells of. */
async function followAddress(app) {
    if (!app.whatIf.isPossible) return;
    const asked = readFragment(app);
    if (asked === null) return;
    try {
        await prepareWhatIf(app);
    } catch {
        chooseTab(app, "whatif"); // which says that the browser is too old
        return;
    }
    if (app.loaded !== app.scene.plans[asked.index]) {
        choosePlan(app, asked.index);
        for (const input of document.querySelectorAll("input[name=plan]")) input.checked = Number(input.value) === asked.index;
    }
    chooseTab(app, "whatif");
    putChoice(app, asked.choice);
    if (asked.unknown.length > 0) {
        app.parts.warnings.append(element("p", { class: "warning" }, fill(app.scene.texts.unknown_in_link, { parts: asked.unknown.join(", ") })));
    }
}

async function copyLink(app) {
    const { parts, scene } = app;
    try {
        await navigator.clipboard.writeText(parts.link.value);
        parts.kept.textContent = scene.texts.link_copied;
    } catch {
        parts.link.focus(); // selects it, so that the reader can copy it
    }
}

/** YAML that extends the scenario of the loaded plan and says what is open; texts as JSON strings, which YAML reads. */
function scenarioYaml({ scene, loaded, whatIf }) {
    // YAML takes some characters for line ends, or not at all, that JSON leaves as they are.
    const escaped = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
    const quoted = (text) => JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, escaped);
    const sites = [...whatIf.choice.entries()].sort(([a], [b]) => a - b).map(([site, offer]) => ({ id: scene.sites[site].id, ...offer }));
    const ids = (role) => `[${sites.filter((each) => each.role === role).map(({ id }) => quoted(id)).join(", ")}]`;
    // A file takes over what its parent says of days, unless it takes it back: null is YAML's word for that.
    const stale = loaded.rules.staleDays.filter((id) => !sites.some((each) => each.id === id));
    const days = [...sites.map((each) => `${quoted(each.id)}: ${each.days}`), ...stale.map((id) => `${quoted(id)}: null`)].join(", ");
    const texts = (name) => `{sv: ${quoted(scene.whatIf.saved[name].sv)}, en: ${quoted(scene.whatIf.saved[name].en)}}`;
    return [
        `# siting run ${fileName(loaded)}`,
        `extends: ${quoted(loaded.rules.extends)}`,
        `extends_sha256: ${quoted(loaded.rules.extendsSha256)} # ${scene.texts.extends_hint}`,
        `title: ${texts("title")}`,
        `question: ${texts("question")}`,
        "choice:",
        "  given:",
        `    main: ${ids("main")}`,
        `    satellite: ${ids("satellite")}`,
        `    stop: ${ids("stop")}`,
        `    days_per_week: {${days}}`,
        "",
    ].join("\n");
}

function fileName({ name }) {
    return `${name.slice(0, 50)}-own.yaml`;
}

function saveScenario(app) {
    const url = URL.createObjectURL(new Blob([scenarioYaml(app)], { type: "application/yaml" }));
    element("a", { href: url, download: fileName(app.loaded) }).click();
    URL.revokeObjectURL(url);
}
