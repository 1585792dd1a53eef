// SPDX-License-Identifier: MIT
// What the station is set to: programmer and pins, who may come in, files to keep.
import { get, name as encode, put } from "../api.js";
import { attempt, confirm, say, showError } from "../dialogs.js";
import { append, card, checkbox, el, facts, field } from "../dom.js";
import { plural, timeText } from "../format.js";
import { icon } from "../icons.js";
import { newConfCard } from "../settings_conf.js";
import { newSessionsCard, newUsersCard } from "../settings_users.js";

export const title = "Settings";

function newAutostart(app, settings) {
	const place = el("div");
	const { box, node } = checkbox("A run starts when a target is put on, without a press",
		settings.autostart, { disabled: !app.isEngineer });
	box.addEventListener("change", () => attempt(box, place, () =>
		put("/api/settings", { autostart: box.checked })).then((ok) => {
		if (!ok)
			box.checked = !box.checked;
	}));
	return card("Automatic start", {}, node, place, !app.isEngineer && el("p", { class: "note",
		text: "An engineer of this station may change this." }));
}

/** Jobs of a file that GET /api/settings/backup has made. Pure but for its errors. */
export function jobsOfBackup(text) {
	const file = JSON.parse(text);
	if (!Array.isArray(file.jobs) || !file.jobs.every(({ job, text: one }) =>
		typeof job === "string" && typeof one === "string"))
		throw new Error("no jobs");
	return file.jobs;
}

async function readBackup(file) {
	try {
		return jobsOfBackup(await file.text());
	} catch {
		throw Object.assign(new Error(`${file.name} is no backup of a configuration.`), { code: "USAGE",
			advice: "Choose a file that was downloaded here." });
	}
}

function newRestore() {
	const input = el("input", { type: "file", accept: ".json,application/json" });
	const button = el("button", { type: "button", text: "Restore its jobs…" });
	const place = el("div");
	const list = el("ul", { class: "uploads" });

	async function restoreOne({ job, text }) {
		const item = el("li", { text: `${job}: kept` });
		list.append(item);
		await put(`/api/jobs/${encode(job)}`, { text, replace: true }).catch((error) => {
			item.replaceChildren(`${job}: `);
			const failed = el("div");
			showError(failed, error);
			item.append(failed);
		});
	}

	button.addEventListener("click", () => attempt(button, place, async () => {
		if (!input.files.length)
			return;
		const jobs = await readBackup(input.files[0]);
		if (!await confirm({ title: `Restore ${plural(jobs.length, "job")}?`, action: "Restore",
			body: "Jobs of the same names are replaced. Their images must be here: bring them first." }))
			return;
		list.replaceChildren();
		for (const job of jobs)
			await restoreOne(job);
		say("Done.");
	}));
	return [field("A configuration's backup", input), el("div", { class: "actions start" }, button), place, list];
}

function link(text, path) {
	return el("a", { class: "button", href: path, download: "" }, icon("download", 20), text);
}

function newFiles() {
	return card("Files", {}, el("p", { class: "note", text: "Neither has passwords, sessions or images." }),
		el("div", { class: "actions start" }, link("Backup of the configuration", "api/settings/backup"),
			link("Support bundle", "api/support")), newRestore());
}

function newAbout(settings) {
	return card("About", {}, facts([["Version", settings.version], ["Host name", settings.host_name],
		["Clock of the station", timeText(settings.clock)], ["Licence", "MIT"],
		["Configuration", settings.station_conf_path]]),
	el("p", { class: "note", text: "Host name and clock are set on the Pi, not here." }));
}

export async function show(view, app) {
	const settings = await get("/api/settings");
	const conf = newConfCard(app);
	const people = app.isEngineer ? [newUsersCard(), newSessionsCard(app)] : [];
	append(view, await conf, newAutostart(app, settings), await Promise.all(people),
		app.isEngineer && newFiles(), newAbout(settings));
}
