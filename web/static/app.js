// SPDX-License-Identifier: MIT
// Where it begins: who is there, which page, and what the station tells.
import { call, onSessionOver } from "./api.js";
import { logInAgain } from "./account.js";
import { showError } from "./dialogs.js";
import { el } from "./dom.js";
import { pause, startPoll } from "./poll.js";
import { buildShell, markRoom, newBanner } from "./shell.js";
import { newSound } from "./sound.js";
import { takeEvent } from "./steps.js";
import { isRunning } from "./verdict.js";

/** Pages by the first word behind #/; `room`: to which of the rooms one belongs. */
const PAGES = {
	station: { load: () => import("./pages/station.js") },
	jobs: { load: () => import("./pages/jobs.js") },
	job: { load: () => import("./pages/job.js"), room: "jobs" },
	fuses: { load: () => import("./pages/fuses.js"), room: "jobs" },
	images: { load: () => import("./pages/images.js") },
	merge: { load: () => import("./pages/merge.js"), room: "images" },
	recover: { load: () => import("./pages/recover.js") },
	history: { load: () => import("./pages/history.js") },
	run: { load: () => import("./pages/run.js"), room: "history" },
	wiring: { load: () => import("./pages/wiring.js") },
	settings: { load: () => import("./pages/settings.js") },
};

const SLOW_MS = 2000;

const main = document.getElementById("main");

/** "#/run/17" -> {page: "run", argument: "17"} */
function routeOf(hash) {
	const [page, ...rest] = hash.replace(/^#\/?/, "").split("/");
	let argument = rest.join("/");
	try {
		argument = decodeURIComponent(argument);
	} catch {
		argument = "";
	}
	return PAGES[page] ? { page, argument } : { page: "station", argument: "" };
}

function setTitle(app, text) {
	app.pageTitle = text;
	document.title = [text, app.station?.name, "Sixpin"].filter(Boolean).join(" · ");
}

/** A heading that takes the focus when the page changes, and room for what is below. */
function newView(title) {
	const heading = el("h1", { tabindex: "-1", text: title });
	const view = el("div", { class: "page" });
	main.replaceChildren(heading, view);
	return { heading, view };
}

async function showPage(app, isFirst) {
	const { page, argument } = routeOf(location.hash);
	const turn = app.turn = {};
	const module = await PAGES[page].load();
	if (app.turn !== turn)
		return;
	app.page?.leave?.();
	app.page = null;
	markRoom(PAGES[page].room ?? page);
	const { heading, view } = newView(module.title);
	main.dataset.page = page;
	setTitle(app, module.title);
	if (!isFirst) {
		scrollTo(0, 0);
		heading.focus();
	}
	await fillPage(app, module, { view, heading, argument, turn });
}

async function fillPage(app, module, { view, heading, argument, turn }) {
	const tools = { argument, setTitle: (text) => {
		if (app.turn !== turn)
			return;
		heading.textContent = text;
		setTitle(app, text);
	} };
	try {
		const page = await module.show(view, app, tools) ?? {};
		if (app.turn !== turn) {
			page.leave?.();
			return;
		}
		app.page = page;
		page.station?.(app.station, []);
	} catch (error) {
		if (!error.code)
			console.error(error);
		const place = el("div");
		view.append(place);
		showError(place, error);
	}
	document.documentElement.dataset.ready = "yes";
}

/** Told to the shell and to the page that is shown. */
function takeAnswer(app, answer) {
	app.station = { ...answer.station, isLost: Boolean(app.trouble) };
	for (const event of answer.events)
		app.steps = takeEvent(app.steps, event, performance.now());
	app.shell.update(app.station);
	app.page?.station?.(app.station, answer.events);
	if (app.pageTitle && !document.title.includes(answer.station.name ?? ""))
		setTitle(app, app.pageTitle);
	showLink(app);
}

/**
 * One place says what is wrong with the way to the station: the way itself comes first. What
 * was known of a station that does not answer is not what it does now.
 */
function showLink(app) {
	if (app.station && app.station.isLost !== Boolean(app.trouble)) {
		app.station = { ...app.station, isLost: Boolean(app.trouble) };
		app.shell.update(app.station);
		app.page?.station?.(app.station, []);
	}
	if (app.trouble)
		app.banner.show(app.trouble.text, app.trouble.canRetry);
	else if (app.station?.ready === false)
		app.banner.show("The station's daemon does not run. The page goes on when it does.", false);
	else
		app.banner.hide();
}

function takeTrouble(app, failures, error) {
	document.documentElement.dataset.link = "lost";
	const again = failures ? ` Trying again every ${pause(failures, false) / 1000} s.` : "";
	app.trouble = { text: error.message.replace(/\.?$/, `.${again}`), canRetry: failures > 0 };
	showLink(app);
}

function firstAnswer(app) {
	return new Promise((resolve) => {
		app.poll = startPoll({
			onAnswer(answer) {
				takeAnswer(app, answer);
				resolve();
			},
			onTrouble: (failures, error) => takeTrouble(app, failures, error),
			onFine() {
				delete document.documentElement.dataset.link;
				app.trouble = null;
				showLink(app);
			},
		});
	});
}

/** One question for all calls that find the session over. */
function loginOnce(app) {
	app.asking ??= logInAgain(app.session).then((session) => {
		app.asking = null;
		if (session.user !== app.session.user || session.role !== app.session.role)
			location.reload();
		app.session = session;
	});
	return app.asking;
}

async function enter(session) {
	const app = { session, sound: newSound(), station: null, steps: null, page: null,
		trouble: null,
		isEngineer: session.role === "engineer",
		get isRunning() {
			return isRunning(this.station);
		} };
	app.shell = buildShell(app);
	app.banner = newBanner(() => app.poll.now());
	onSessionOver(() => loginOnce(app));
	await firstAnswer(app);
	addEventListener("hashchange", () => showPage(app, false));
	await showPage(app, true);
}

async function greet() {
	const welcome = await import("./pages/welcome.js");
	document.title = "Welcome · Sixpin";
	const { view } = newView("Sixpin");
	const session = await welcome.show(view, () => {
		document.documentElement.dataset.ready = "yes";
	});
	await enter(session);
}

async function begin() {
	const slow = setTimeout(() => newBanner(() => location.reload())
		.show("The station does not answer yet.", true), SLOW_MS);
	try {
		const session = await call("GET", "/api/session", { open: true }).finally(() => {
			clearTimeout(slow);
			document.getElementById("banner").replaceChildren();
		});
		await enter(session);
	} catch (error) {
		if (error.status !== 401)
			throw error;
		await greet();
	}
}

/** A page that was opened while the station starts waits for it. */
async function beginWhenThere() {
	for (let failures = 1; ; failures++) {
		try {
			return await begin();
		} catch (error) {
			if (!error.code)
				throw error;
			newBanner(() => location.reload()).show(error.message, true);
			await new Promise((resolve) => setTimeout(resolve, pause(failures, false)));
			document.getElementById("banner").replaceChildren();
		}
	}
}

await beginWhenThere();
