// ---- sites: buttons with a state, by municipality; each opens its choices ----

function drawSiteList(app) {
    const { scene, parts, whatIf } = app;
    const { texts } = scene;
    const open = new Set([...parts.siteList.querySelectorAll("details[open]")].map((each) => each.dataset.name));
    const groups = [...groupSites(scene, whatIf.ground.nSites)].sort(([a], [b]) => a.localeCompare(b, LOCALE)).map(([name, sites]) => {
        const nOpen = sites.filter((site) => whatIf.choice.has(site)).length;
        const details = element("details", { open: open.has(name) ? "" : false },
            element("summary", {}, element("span", {}, name),
                element("small", {}, fill(texts.n_open_of, { open: nOpen, all: sites.length }))),
            element("ul", {}, ...sites.map((site) => siteRow(app, site))));
        details.dataset.name = name;
        return details;
    });
    parts.siteList.replaceChildren(...groups);
    filterSites(app);
}

function groupSites(scene, nSites) {
    const groups = new Map();
    for (let site = 0; site < nSites; site += 1) {
        const name = scene.sites[site].municipality;
        groups.set(name, [...(groups.get(name) ?? []), site]);
    }
    return groups;
}

function siteRow(app, site) {
    const { scene, whatIf } = app;
    const place = scene.sites[site];
    const isAsked = whatIf.asked === site;
    const button = element("button", {
        type: "button", class: "visit", id: `siting_site_${site}`, "aria-expanded": String(isAsked),
        onclick: () => {
            whatIf.asked = isAsked ? null : site;
            drawSiteList(app);
            document.getElementById(`siting_site_${site}`).focus();
        },
    }, siteSymbol(app, place), " ", element("span", {},
        element("strong", {}, place.name), " ",
        element("small", {}, `${stateText(app, site)} · ${place.kindLabel}`)));
    return element("li", { "data-words": `${place.name} ${place.municipality} ${place.kindLabel}`.toLocaleLowerCase(LOCALE) },
        button, isAsked ? roleChoices(app, site, "list") : null);
}

/** Every role that the site may be given, and which one it has; the focus stays where it was. */
function roleChoices(app, site, where) {
    const { scene, loaded, whatIf } = app;
    const { texts } = scene;
    const { rules } = loaded;
    const chosen = whatIf.choice.get(site);
    const key = (offer) => (offer ? `${offer.role} ${offer.days}` : "closed");
    const offers = [null, ...rules.offers.filter(({ role }) => role !== "stop" || whatIf.ground.siteMinutes)];
    const isOdd = (offer) => offer !== null && rules.allowed[offer.role][site] !== 1;
    const label = (offer) => (offer === null ? texts.state_closed : `${offer.label}${isOdd(offer) ? " *" : ""}`);
    const name = `role_${where}_${site}`;
    const choices = radios(name, fill(texts.role_of, { site: scene.sites[site].name }),
        offers.map((offer) => [key(offer), label(offer)]), key(chosen), (value) => {
            chooseRole(app, site, offers.find((offer) => key(offer) === value));
            const marker = app.markers.get(scene.sites[site].id);
            if (where === "map" && marker.getElement()) { // closed premises may be hidden
                marker.getElement().focus({ preventScroll: true }); // the card gives the focus back to it
                marker.openPopup();
            }
            (document.querySelector(`input[name="${name}"]:checked`) ?? app.parts.status).focus({ preventScroll: true });
        });
    if (offers.some(isOdd)) choices.append(element("p", { class: "hint" }, texts.not_in_scenario));
    return choices;
}

/** Show the sites that hold what is searched for, and open their municipalities. */
function filterSites({ parts, scene }) {
    let n = 0;
    const asked = parts.search.value.trim().toLocaleLowerCase(LOCALE);
    for (const details of parts.siteList.querySelectorAll("details")) {
        const rows = [...details.querySelectorAll("li")];
        for (const row of rows) row.hidden = asked !== "" && !row.dataset.words.includes(asked);
        const isFound = rows.some((row) => !row.hidden);
        n += rows.filter((row) => !row.hidden).length;
        details.hidden = !isFound;
        if (asked !== "") details.open = isFound;
    }
    parts.found.textContent = asked === "" ? "" : fill(scene.texts.n_found, { n: numberText(n) });
}
