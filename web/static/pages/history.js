// SPDX-License-Identifier: MIT
// The journal's runs, newest first, those that a filter lets through; more on demand.
import { get } from "../api.js";
import { showError, attempt } from "../dialogs.js";
import { append, card, el, field, keyed, select, setHidden, setText } from "../dom.js";
import { capital, plural, secondsText, timeText } from "../format.js";
import { icon } from "../icons.js";
import { yieldChart } from "../yield_chart.js";

export const title = "History";

const PAGE = 50;
const DAYS = 30;

const STATES = [["", "All"], ["passed", "Passed"], ["failed", "Failed"],
	["interrupted", "Interrupted"], ["done", "Done"], ["started", "Running"]];
const KINDS = ["run", "write", "read", "erase", "verify", "fuses", "lock", "probe", "identify", "selftest"];

function makeRow(run) {
	return el("tr", {}, el("th", { scope: "row" }, el("a", { href: `#/run/${run.run}`,
		text: `Run ${run.run}` })), el("td", { "data-label": "Result" }, el("span", { class: "chip" })),
	el("td", { "data-label": "Job" }), el("td", { "data-label": "Serial" }),
	el("td", { "data-label": "Part" }), el("td", { "data-label": "Started" }),
	el("td", { class: "number", "data-label": "Time" }), el("td", { "data-label": "What" }));
}

function updateRow(row, run) {
	const [, state, job, serial, part, started, time, what] = row.children;
	const chip = state.firstChild;
	chip.dataset.state = run.state;
	setText(chip, capital(run.state));
	setText(job, run.kind === "run" ? run.job : run.kind);
	setText(serial, run.serial);
	setText(part, run.part);
	setText(started, timeText(run.started));
	setText(time, secondsText(run.seconds));
	setText(what, run.code);
	what.title = run.message ?? "";
}

function newFilter(jobs, wanted, onChange) {
	const job = select([["", "All"], ...jobs.map(({ id, title: text }) => [id, text || id])], "");
	if (wanted.job && job.value !== wanted.job)
		job.append(el("option", { value: wanted.job, text: wanted.job }));
	job.value = wanted.job ?? "";
	const state = select(STATES, wanted.state ?? "");
	const kind = select([["", "All"], ...KINDS.map((one) => [one, capital(one)])], wanted.kind ?? "");
	const serial = el("input", { type: "search", autocomplete: "off", value: wanted.serial ?? "" });
	for (const control of [job, state, kind, serial])
		control.addEventListener("change", onChange);
	return { node: el("form", { class: "fields", role: "search", onsubmit: (event) => {
		event.preventDefault();
		onChange();
	} }, field("Job", job), field("Result", state), field("Kind", kind), field("Serial number", serial)),
	get query() {
		return Object.fromEntries([["job", job.value], ["state", state.value], ["kind", kind.value],
			["serial", serial.value.trim()]].filter(([, value]) => value));
	} };
}

function exportLinks(links, query) {
	for (const [link, format] of links) {
		const words = new URLSearchParams(query).toString();
		link.href = `api/runs/export.${format}${words ? `?${words}` : ""}`;
	}
}

function newExports() {
	return ["csv", "json"].map((format) => [el("a", { class: "button small", download: `sixpin-runs.${format}` },
		icon("download", 18), format.toUpperCase()), format]);
}

async function drawYield(place, job) {
	const { days } = await get("/api/runs/by-day", { days: DAYS, job });
	place.replaceChildren(yieldChart(days));
}

export async function show(view, app, { argument }) {
	const { jobs } = await get("/api/jobs");
	const place = el("div");
	const chart = el("div");
	const rows = el("tbody");
	const count = el("p", { class: "note", role: "status" });
	const more = el("button", { type: "button", text: "Show older runs" });
	const links = newExports();
	const known = { runs: [], turn: null };
	const filter = newFilter(jobs, Object.fromEntries(new URLSearchParams(argument)), () => {
		history.replaceState(null, "", `#/history/${encodeURIComponent(new URLSearchParams(filter.query))}`);
		load().catch((error) => showError(place, error));
	});

	function draw() {
		keyed(rows, known.runs, ({ run }) => run, makeRow, updateRow);
		setText(count, known.runs.length ? plural(known.runs.length, "run") + " shown"
			: "No run fits the filter.");
	}

	async function load() {
		const turn = known.turn = {};
		const { query } = filter;
		exportLinks(links, query);
		const [{ runs }] = await Promise.all([get("/api/runs", { ...query, limit: PAGE }),
			drawYield(chart, query.job)]);
		if (known.turn !== turn)
			return;
		known.runs = runs;
		setHidden(more, runs.length < PAGE);
		draw();
	}

	async function loadOlder() {
		const { runs } = await get("/api/runs", { ...filter.query, limit: PAGE,
			before: known.runs.at(-1).run });
		known.runs = [...known.runs, ...runs];
		setHidden(more, runs.length < PAGE);
		draw();
	}

	/** What is shown stays; what is new comes on top, and what ran has ended. */
	async function loadNewer() {
		const { runs } = await get("/api/runs", { ...filter.query, limit: PAGE });
		const fresh = new Set(runs.map(({ run }) => run));
		known.runs = [...runs, ...known.runs.filter(({ run }) => !fresh.has(run))];
		draw();
		await drawYield(chart, filter.query.job);
	}

	more.addEventListener("click", () => attempt(more, place, loadOlder));
	append(view, card("Yield by day", {}, chart),
		card("Runs", {}, filter.node, el("div", { class: "row spread" }, count,
			el("div", { class: "row" }, links.map(([link]) => link))), place,
		el("div", { class: "scroll" }, el("table", { class: "stack" }, el("thead", {}, el("tr", {},
			["Run", "Result", "Job", "Serial", "Part", "Started", "Time", "Code"].map((text) =>
				el("th", { scope: "col", text, class: text === "Time" ? "number" : null })))), rows)),
		el("div", { class: "actions start" }, more)));
	await load();
	return { station(state, events) {
		if (events.some(({ kind }) => kind === "started" || kind === "finished"))
			loadNewer().catch(() => {});
	} };
}
