// SPDX-License-Identifier: MIT
// A stage for the browser test: a whole station (tests/e2e/web_station.py), Chromium,
// somebody who counts what was right, and axe.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const HERE = dirname(fileURLToPath(import.meta.url));
export const ROOT = join(HERE, "../..");
const CHROMIUM = "/usr/bin/chromium";
const SHOTS = join(ROOT, process.env.BUILD ?? "build", "screenshots");
export const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

export function skipAll(reason) {
	console.log(`1..0 # SKIP ${reason}`);
	process.exit(0);
}

/* ---- TAP ---- */

/** BROWSER_SCENES: how many of the first scenes are played; 0, or nothing: all. */
const MOST = Number(process.env.BROWSER_SCENES ?? 0) || Infinity;

export function newTap() {
	let count = 0;
	let failed = 0;
	return {
		/** must: without it nothing that follows makes sense. */
		async scene(name, work, must = false) {
			count++;
			if (count > MOST) {
				console.log(`ok ${count} - ${name} # SKIP BROWSER_SCENES is ${MOST}`);
				return;
			}
			try {
				await work();
				console.log(`ok ${count} - ${name}`);
			} catch (error) {
				failed++;
				console.log(`not ok ${count} - ${name}`);
				for (const line of String(error.stack ?? error).split("\n"))
					console.log(`# ${line}`);
				if (must || process.env.BROWSER_BAIL) {
					console.log(`Bail out! ${name}`);
					process.exit(1);
				}
			}
		},
		skip(name, why) {
			count++;
			console.log(`ok ${count} - ${name} # SKIP ${why}`);
		},
		note: (text) => console.log(`# ${text}`),
		end() {
			console.log(`1..${count}`);
			return failed ? 1 : 0;
		},
	};
}

/* ---- The station ---- */

/** {address, folder, tell(word)}; a station that cannot be here skips the test. */
export async function startStation() {
	const child = spawn("python3", [join(ROOT, "tests/e2e/web_station.py")],
		{ stdio: ["pipe", "pipe", "inherit"] });
	const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
	const next = async () => JSON.parse((await lines.next()).value ?? '{"skip": "the station did not start"}');
	const first = await next();
	if (first.skip)
		skipAll(first.skip);
	return {
		...first,
		async tell(word) {
			child.stdin.write(`${word}\n`);
			const answer = await next();
			if (!answer.ok)
				throw new Error(`${word}: ${answer.error}`);
			return answer.answer;
		},
		stop() {
			child.stdin.end();
			return new Promise((resolve) => child.once("exit", resolve));
		},
	};
}

/* ---- The browser ---- */

async function load(name, file) {
	try {
		return file ? readFileSync(join(HERE, "node_modules", name, file), "utf8") : await import(name);
	} catch {
		skipAll(`${name} is not installed (npm ci in tests/web)`);
	}
}

export async function startBrowser() {
	if (!existsSync(CHROMIUM))
		skipAll("chromium is not installed");
	const { chromium } = await load("playwright-core");
	const axe = await load("axe-core", "axe.min.js");
	const browser = await chromium.launch({ executablePath: CHROMIUM,
		args: ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"] });
	return { browser, axe };
}

/** What a page must never say: broken modules, and what its policy stopped. */
function watch(page, complaints) {
	page.on("pageerror", (error) => complaints.push(`${page.url()}: ${error.message}`));
	page.on("console", (message) => {
		if (message.type() === "error" && !/^Failed to load resource/.test(message.text()))
			complaints.push(`${page.url()}: ${message.text()}`);
	});
	page.on("request", (request) => {
		const { origin, protocol } = new URL(request.url());
		if (protocol.startsWith("http") && origin !== new URL(page.url()).origin && page.url() !== "about:blank")
			complaints.push(`asked for ${request.url()}`);
	});
}

/** Somebody at a browser of their own. */
export async function newPerson({ browser }, station, complaints, options = {}) {
	const context = await browser.newContext({ baseURL: station.address, viewport: SIZES.desktop,
		acceptDownloads: true, ...options });
	context.setDefaultTimeout(60000);
	const page = await context.newPage();
	watch(page, complaints);
	return { context, page,
		async open(route) {
			await page.goto("about:blank");
			await page.goto(`/#/${route}`);
			await page.waitForFunction(() => document.documentElement.dataset.ready === "yes")
				.catch(async () => {
					throw new Error(`${route} is not ready: ${await page.locator("body").innerText()}`);
				});
		},
		async login(user, password) {
			await page.goto("/");
			await page.getByLabel("Name", { exact: true }).fill(user);
			await page.getByLabel("Password", { exact: true }).fill(password);
			await page.getByRole("button", { name: "Log in" }).click();
			await page.waitForSelector(".inside");
		},
		/** What the page's own scripts could ask for, whatever it offers. */
		ask: (method, path, json) => page.evaluate(async ([how, where, body]) => {
			const answer = await fetch(where, { method: how, headers: { "X-Sixpin": "1",
				...body ? { "Content-Type": "application/json" } : {} },
			body: body ? JSON.stringify(body) : undefined });
			return { status: answer.status, body: await answer.text() };
		}, [method, path, json]) };
}

/** Violations in words; [] is what is wanted. */
export async function axeOf(page, axe) {
	await page.evaluate(axe);
	const violations = await page.evaluate(async () => (await window.axe.run(document)).violations
		.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ target, failureSummary }) =>
			`${target.join(" ")} (${failureSummary.replace(/\s+/g, " ")})`).join("; ")}`));
	return violations;
}

export async function shoot(page, name) {
	mkdirSync(SHOTS, { recursive: true });
	await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
}

/** Intel HEX of bytes that no erased flash has. */
export function ihex(length, start = 0) {
	const lines = [];
	for (let at = 0; at < length; at += 16) {
		const data = Array.from({ length: Math.min(16, length - at) }, (_, i) => (at + i) * 37 % 251);
		const address = start + at;
		const record = [data.length, address >> 8, address & 255, 0, ...data];
		const sum = record.reduce((all, byte) => all + byte, 0);
		lines.push(`:${[...record, -sum & 255].map((byte) => byte.toString(16).padStart(2, "0")).join("")
			.toUpperCase()}`);
	}
	return [...lines, ":00000001FF", ""].join("\n");
}
