// SPDX-License-Identifier: MIT
// One run with all that the journal has of it.
import { get, name as encode } from "../api.js";
import { append, card, el, facts } from "../dom.js";
import { capital, secondsText, timeText } from "../format.js";
import { verdictIcon } from "../icons.js";
import { phaseChart } from "../phase_chart.js";
import { aboutRun, adviceOf } from "../verdict.js";

export const title = "Run";

/** Those that have a place of their own below; all others are told as they are. */
const PLACED = new Set(["run", "state", "kind", "job", "job_digest", "serial", "started",
	"started_monotonic_us", "boot", "seconds", "code", "message", "who", "words", "programmer", "part",
	"images", "phases", "unit"]);

const LOOKS = { passed: ["pass", "PASS"], failed: ["fail", "FAIL"],
	interrupted: ["interrupted", "CUT OFF"], done: ["idle", "DONE"], started: ["running", "RUNNING"] };

const mono = (text) => text && el("span", { class: "digest", text });

function verdict(run) {
	const [look, word] = LOOKS[run.state] ?? ["none", run.state.toUpperCase()];
	const head = el("p", { class: "word", text: word });
	head.style.setProperty("--letters", Math.max(word.length, 6));
	return el("section", { class: "verdict small", "data-look": look, "aria-label": "Verdict" },
		el("div", { class: "mark" }, verdictIcon(look)),
		el("div", { class: "words" }, head, run.message && el("p", { class: "text", text: run.message }),
			run.code && el("p", { class: "advice", text: adviceOf(run) }),
			el("p", { class: "about", text: aboutRun(run) || capital(run.kind) })));
}

function plainFacts(run) {
	return facts([["Kind", run.kind], ["Job", run.job && el("a", { href: `#/job/${encode(run.job)}`,
		text: run.job })], ["Digest of the job", mono(run.job_digest)],
	["Serial number", run.serial], ["Part", run.part], ["Started", timeText(run.started)],
	["Took", secondsText(run.seconds)], ["Who", run.who], ["Words", mono(run.words)],
	["Programmer", run.programmer], ["Code", run.code]]);
}

const valueText = (value) => typeof value === "object" && value !== null
	? Object.entries(value).map(([key, one]) => `${key}: ${valueText(one)}`).join("\n") : String(value);

function addedFacts(run) {
	return facts(Object.entries(run).filter(([key]) => !PLACED.has(key))
		.map(([key, value]) => [capital(key.replaceAll("_", " ")), valueText(value)]));
}

function log(run) {
	const lines = (run.log ?? []).map((line) => typeof line === "string" ? line : valueText(line));
	return lines.length ? card("Log", {}, el("pre", { class: "log", tabindex: "0", text: lines.join("\n") })) : null;
}

function imageList(images) {
	return el("ul", {}, images.map(([name, digest]) => el("li", {}, `${name} `, mono(digest))));
}

async function draw(view, number) {
	const run = await get(`/api/runs/${encode(number)}`);
	view.replaceChildren();
	append(view, verdict(run), el("div", { class: "columns" },
		card("Facts", {}, plainFacts(run)),
		el("div", { class: "page" },
			run.phases?.length ? card("Timing", {}, phaseChart(run.phases)) : null,
			run.images?.length ? card("Images", {}, imageList(run.images)) : null,
			run.unit && Object.keys(run.unit).length ? card("This unit", {}, facts(Object.entries(run.unit))) : null,
			card("Also recorded", {}, addedFacts(run)))), log(run),
	el("p", { class: "links" }, el("a", { href: "#/history", text: "All runs" })));
}

export async function show(view, app, { argument, setTitle }) {
	setTitle(`Run ${argument}`);
	await draw(view, argument);
	return { station(state, events) {
		if (events.some(({ kind, run }) => kind === "finished" && String(run) === argument))
			draw(view, argument).catch(() => {});
	} };
}
