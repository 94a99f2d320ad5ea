// ---- tours for stops that somebody has just chosen: simple ones, which can be driven; `siting run` finds the best ----

const MINUTES_PER_HOUR = 60;
const WEEKS_PER_CYCLE = 4;
const DAY_MARGIN = 0.01; // minutes: the page's are rounded, and a day must not be too long by that

const NO_TEAMS = { sek: 0, posts: 0, kilometres: 0, n: 0, tours: [], unvisited: [], isSimple: false };

/** What the teams take that visit the stops of a choice; the loaded plan's own rota where it fits the choice. */
function teamsOf(ground, rules, choice) {
    const stops = [...choice.entries()].filter(([, { role }]) => role === "stop").map(([site, { days }]) => ({ site, days }));
    if (stops.length === 0) return NO_TEAMS;
    if (isPlannedRota(rules.planned, choice, stops)) return { ...NO_TEAMS, ...rules.planned, isSimple: false };
    if (ground.siteMinutes === null) return { ...NO_TEAMS, unvisited: stops.map(({ site }) => site) };
    const bases = [...choice.entries()].filter(([site, { role }]) => role === "main" && rules.mayBase[site]).map(([site]) => site);
    const { tours, unvisited } = simpleTours(ground, rules, bases, stops);
    return { ...teamResources(rules, tours), tours, unvisited, isSimple: true };
}

/** The stops are those of the loaded plan, as often, and its bases are open. */
function isPlannedRota(planned, choice, stops) {
    return planned !== null
        && stops.length === planned.stops.length
        && planned.stops.every(([site, days]) => choice.get(site)?.role === "stop" && choice.get(site).days === days)
        && planned.bases.every((site) => choice.get(site)?.role === "main");
}

/** Each stop goes with the base that is nearest; a tour begins with the farthest stop and takes in others on the way. */
function simpleTours(ground, rules, bases, stops) {
    const { nSites, siteMinutes: minutes } = ground;
    const drive = (a, b) => minutes[a * nSites + b];
    const there = (base, { site }) => drive(base, site) + drive(site, base);
    const { stay, day } = rules.team;
    const nearest = (stop) => bases.reduce((best, base) => (there(base, stop) < there(best, stop) ? base : best), bases[0]);
    const fits = (stop) => bases.length > 0 && there(nearest(stop), stop) + stay <= day - DAY_MARGIN;
    const tours = [];
    for (const base of bases) {
        for (const days of [1, 0.5]) {
            const left = stops
                .filter((stop) => stop.days === days && fits(stop) && nearest(stop) === base)
                .sort((a, b) => there(base, b) - there(base, a));
            while (left.length > 0) {
                const tour = { base, days, stops: [left.shift().site] };
                while (tour.stops.length < rules.team.mostStops && takeInOne(tour, left, drive, rules.team)) { /* one more */ }
                tours.push(tour);
            }
        }
    }
    spreadWeeks(tours, bases);
    for (const tour of tours) measureTour(tour, ground, rules);
    return { tours, unvisited: stops.filter((stop) => !fits(stop)).map(({ site }) => site) };
}

/** Take in the stop that adds least driving, where it adds least, if the day allows. */
function takeInOne(tour, left, drive, { stay, day }) {
    const way = [tour.base, ...tour.stops, tour.base];
    const driving = legs(way).reduce((sum, [a, b]) => sum + drive(a, b), 0);
    let best = { added: Infinity };
    left.forEach(({ site }, index) => {
        legs(way).forEach(([a, b], place) => {
            const added = drive(a, site) + drive(site, b) - drive(a, b);
            if (added < best.added) best = { added, index, place, site };
        });
    });
    if (driving + best.added + (tour.stops.length + 1) * stay > day - DAY_MARGIN) return false;
    tour.stops.splice(best.place, 0, best.site);
    left.splice(best.index, 1);
    return true;
}

function legs(way) {
    return way.slice(1).map((b, index) => [way[index], b]);
}

/** Tours of every other week are shared out evenly between odd and even weeks. */
function spreadWeeks(tours, bases) {
    for (const base of bases) {
        tours.filter((tour) => tour.base === base && tour.days === 0.5).forEach((tour, index) => {
            tour.weeks = index % 2 === 0 ? [1, 3] : [2, 4];
        });
    }
    for (const tour of tours) tour.weeks ??= [1, 2, 3, 4];
}

function measureTour(tour, { nSites, siteMinutes, siteKilometres }, { team }) {
    const way = legs([tour.base, ...tour.stops, tour.base]);
    tour.driving = way.reduce((sum, [a, b]) => sum + siteMinutes[a * nSites + b], 0);
    tour.kilometres = way.reduce((sum, [a, b]) => sum + siteKilometres[a * nSites + b], 0);
    tour.minutes = tour.driving + tour.stops.length * team.stay;
}

/** Staff, money and vehicles: as many teams at each base as its busiest week needs. */
function teamResources(rules, tours) {
    const { team } = rules;
    const cycles = rules.weeksPerYear / WEEKS_PER_CYCLE;
    const runs = (tour) => tour.weeks.length * cycles;
    const hours = tours.reduce((sum, tour) => sum + runs(tour) * tour.minutes, 0) / MINUTES_PER_HOUR * team.staff;
    const kilometres = tours.reduce((sum, tour) => sum + runs(tour) * tour.kilometres, 0);
    const bases = [...new Set(tours.map((tour) => tour.base))];
    const n = bases.reduce((sum, base) => sum + teamsAt(base, tours, team), 0);
    return {
        n,
        kilometres,
        posts: hours / rules.hoursPerPost,
        sek: hours * rules.sekPerHour + kilometres * team.sekPerKilometre + n * team.vehicleSek,
    };
}

function teamsAt(base, tours, team) {
    const busiest = Math.max(...[1, 2].map((week) =>
        tours.filter((tour) => tour.base === base && tour.weeks.includes(week)).length));
    return Math.ceil(busiest / team.daysPerWeek);
}
