// ---- the best single next step ----

function drawSteps(app) {
    const { parts, scene, loaded, whatIf } = app;
    const { texts } = scene;
    const steps = bestSteps(whatIf.ground, loaded.rules, whatIf.choice, whatIf.aim);
    if (steps.length === 0) {
        parts.steps.replaceChildren(element("p", { role: "status" }, texts.no_step));
        return;
    }
    const rows = steps.map((step) => stepRow(app, step));
    parts.steps.replaceChildren(
        element("p", { class: "hint", role: "status" }, texts.steps_hint), element("ul", { class: "changes" }, ...rows));
}

function stepRow(app, step) {
    const { scene, loaded, whatIf } = app;
    const { texts } = scene;
    const choice = withStep(whatIf.choice, step);
    const after = evaluateChoice(whatIf.ground, loaded.rules, choice);
    const name = (site) => scene.sites[site].name;
    const what = fill(texts[`step_${step.kind}`], {
        site: name(step.more === null ? step.less : step.more.site),
        other: step.less === null ? "" : name(step.less),
        role: step.more === null ? "" : lowerFirst(offerLabel(loaded.rules, step.more.offer)),
    });
    const { now, ground } = whatIf;
    const worst = [now, after].map(({ areas }) => worstArea(ground, areas)?.mean ?? null);
    const isLike = Math.abs(after.county.served - now.county.served) < 1e-9 && worst[0] !== null;
    const effect = [
        isLike ? `${texts.figure_mean} ${signedText(after.county.mean - now.county.mean, 1)} ${texts.minutes_unit}`
            : `${texts.figure_served} ${signedText((after.county.served - now.county.served) * 100, 1)} ${texts.points}`,
        `${fill(texts.figure_within_short, { minutes: numberText(loaded.rules.standard) })} ${signedText((after.county.within - now.county.within) * 100, 1)} ${texts.points}`,
        isLike ? `${texts.figure_worst} ${signedText(worst[1] - worst[0], 1)} ${texts.minutes_unit}` : "",
        signedSek(after.resources.sek - now.resources.sek, texts),
        after.resources.teams.isSimple && !now.resources.teams.isSimple ? texts.with_simple_tours : "",
    ].filter(Boolean);
    return element("li", {},
        element("span", {}, element("strong", {}, what), element("small", {}, effect.join(" · "))),
        element("button", { type: "button", "aria-label": `${texts.take_step}: ${what}`, onclick: () => choose(app, choice) }, texts.take_step));
}
