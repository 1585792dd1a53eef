// SPDX-License-Identifier: MIT
// People at browsers in front of a whole station on a virtual board (TAP): each scene goes
// on where the one before ended.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { axeOf, ihex, newPerson, newTap, shoot, SIZES, startBrowser, startStation } from "./stage.mjs";

const ARDUINO = "/usr/share/arduino/hardware/arduino/avr/bootloaders/atmega/ATmegaBOOT_168_atmega328.hex";
const HOLD_MS = 10300; // a press that opens pairing: 10 s
const CHIEF = ["chief", "korrekt pferd batterie"];
const OPERATOR = ["opal", "noch ein langes wort"];
const PAGES = ["station", "jobs", "job/", "job/blink", "fuses/ATmega328P", "images", "images/blink.hex", "merge",
	"recover", "history", "run/1", "wiring", "settings"];

const tap = newTap();
const stage = await startBrowser();
const station = await startStation();
const complaints = [];
const chief = await newPerson(stage, station, complaints);
const { page } = chief;
const word = (who = page) => who.locator(".verdict .word").first();
const button = (name, who = page) => who.getByRole("button", { name, exact: true });

async function waitForWord(text, who = page) {
	await who.waitForFunction((wanted) => document.querySelector(".verdict .word")?.textContent === wanted, text,
		{ timeout: 120000 }).catch(async () => {
		throw new Error(`not ${text}, but: ${await who.locator(".verdict").innerText()}`);
	});
}

async function type(dialogTitle, text, action) {
	const dialog = page.getByRole("dialog", { name: dialogTitle });
	await dialog.getByLabel(/^Type /).fill(text);
	await dialog.getByRole("button", { name: action, exact: true }).click();
	await dialog.waitFor({ state: "detached" });
}

await tap.scene("a new station is claimed while pairing is open, not before", async () => {
	await page.goto("/");
	await page.getByRole("heading", { name: "Claim this station" }).waitFor();
	assert.equal(await button("Claim").isDisabled(), true);
	assert.deepEqual(await axeOf(page, stage.axe), []);
	await shoot(page, "welcome-desktop");
	await station.tell("wire 17=0");
	await page.waitForTimeout(HOLD_MS);
	await station.tell("wire 17=1");
	await page.getByText("Pairing is open: claim the station now.").waitFor();
	await page.getByLabel("Name", { exact: true }).fill(CHIEF[0]);
	await page.getByLabel("Password", { exact: true }).fill(CHIEF[1]);
	await page.getByLabel("Password once more").fill("another");
	await button("Claim").click();
	await page.getByText("The two passwords are different.").waitFor();
	await page.getByLabel("Password once more").fill(CHIEF[1]);
	await button("Claim").click();
	await waitForWord("NO JOB");
	assert.equal((await chief.ask("GET", "/api/session")).status, 200);
}, true);

await tap.scene("a wrong password lets nobody in, the right one does", async () => {
	const other = await newPerson(stage, station, complaints);
	await other.page.goto("/");
	await other.page.getByLabel("Name", { exact: true }).fill(CHIEF[0]);
	await other.page.getByLabel("Password", { exact: true }).fill("not this one");
	await button("Log in", other.page).click();
	await other.page.locator(".error .code", { hasText: "DENIED" }).waitFor();
	await other.context.close();
});

await tap.scene("a file is dropped, another one is chosen, both are kept", async () => {
	await chief.open("images");
	const drop = await page.evaluateHandle((text) => {
		const data = new DataTransfer();
		data.items.add(new File([text], "blink.hex"));
		return data;
	}, ihex(9000));
	await page.dispatchEvent(".drop", "drop", { dataTransfer: drop });
	await page.getByRole("row", { name: /blink\.hex/ }).waitFor();
	await page.setInputFiles("#bring", { name: "boot.hex", mimeType: "text/plain",
		buffer: existsSync(ARDUINO) ? readFileSync(ARDUINO) : Buffer.from(ihex(1000, 0x7800)) });
	await page.getByRole("row", { name: /boot\.hex/ }).waitFor();
	const kept = JSON.parse((await chief.ask("GET", "/api/images")).body).images;
	assert.deepEqual(kept.map(({ name, format }) => [name, format]), [["blink.hex", "ihex"], ["boot.hex", "ihex"]]);
	await page.getByRole("img", { name: /^Flash of 32 KiB: bootloader|^Flash of 32 KiB: application/ }).waitFor();
});

await tap.scene("a name that is taken asks before it is replaced", async () => {
	const file = { name: "blink.hex", mimeType: "text/plain", buffer: Buffer.from(ihex(12000)) };
	await page.setInputFiles("#bring", file);
	const dialog = page.getByRole("dialog", { name: "Replace blink.hex?" });
	await dialog.getByRole("button", { name: "Cancel" }).click();
	await page.getByText("It was not replaced. Give the file another name.").waitFor();
	await page.setInputFiles("#bring", file);
	await dialog.getByRole("button", { name: "Replace", exact: true }).click();
	await page.getByText(/blink\.hex is kept\. Digest/).last().waitFor();
});

await tap.scene("a file that is none says why", async () => {
	await page.setInputFiles("#bring", { name: "bad.hex", mimeType: "text/plain",
		buffer: Buffer.from(":0300300002337A1F\n:00000001FF\n") });
	await page.locator(".uploads .error", { hasText: "checksum" }).waitFor();
});

await tap.scene("two images that overlap are seen before they are merged", async () => {
	await chief.open("merge");
	await page.getByLabel("Application", { exact: true }).selectOption("blink.hex");
	await page.getByLabel("Boot loader", { exact: true }).selectOption("blink.hex");
	await page.getByRole("img", { name: /overlap at 0x0000-0x2EDF/ }).waitFor();
	await page.locator(".error", { hasText: "overlap" }).waitFor();
	assert.equal(await button("Keep the merged image").isDisabled(), true);
	await page.getByLabel("Boot loader", { exact: true }).selectOption("boot.hex");
	await page.locator("label.check input").uncheck();
	await page.getByText(/^They fit/).waitFor();
	await page.getByLabel("Name of the new image").fill("both.hex");
	await button("Keep the merged image").click();
	await page.waitForURL(/#\/images\/both\.hex/);
	await page.getByRole("heading", { name: "both.hex" }).waitFor();
});

await tap.scene("a job is made by the form, checked as it grows, kept and selected", async () => {
	await chief.open("job/");
	await page.getByLabel("Title", { exact: true }).fill("Blink");
	await page.locator(".error", { hasText: "expected something to do" }).waitFor();
	await page.getByLabel("Application", { exact: true }).selectOption("blink.hex");
	await page.getByText("Checked as a whole").waitFor();
	const text = page.getByLabel("Text of the job");
	assert.equal(await text.inputValue(),
		"[job]\ntitle=Blink\npart=ATmega328P\n\n[image application]\nfile=blink.hex\n");
	await text.fill((await text.inputValue()).replace("part=", "sck=500\npart="));
	await page.locator(".error", { hasText: "Line 3: sck: SCK of 500 Hz is too slow" }).waitFor();
	assert.equal(await page.locator(".lined pre b").textContent(), "3");
	await button("Make it of the form again").click();
	await page.getByText("Checked as a whole").waitFor();
	await button("Keep and select").click();
	await waitForWord("READY");
	assert.equal(JSON.parse((await chief.ask("GET", "/api/jobs")).body).jobs[0].id, "blink");
}, true);

const second = await newPerson(stage, station, complaints);

await tap.scene("a run is watched to PASS, in a second browser as well", async () => {
	await second.login(...CHIEF);
	await waitForWord("READY", second.page);
	await page.locator(".flash").click();
	await second.page.waitForFunction(() => /%$/.test(document.querySelector(".verdict .word").textContent));
	await page.waitForFunction(() => document.querySelector(".flash").disabled);
	await waitForWord("PASS");
	await waitForWord("PASS", second.page);
	for (const one of [page, second.page]) {
		await one.locator(".steps li[data-state=passed]", { hasText: "Verify flash" }).waitFor();
		await one.locator(".steps li .time", { hasText: /s$/ }).first().waitFor();
	}
	assert.equal(await page.locator(".steps li[data-state=failed]").count(), 0);
	assert.equal(await page.locator(".lamps .led.pass").getAttribute("data-lit"), "yes");
	await page.getByRole("status").filter({ hasText: /^PASS: blink/ }).waitFor({ state: "attached" });
});

await tap.scene("a press at the box is seen here", async () => {
	await station.tell("press");
	await page.waitForFunction(() => /%$/.test(document.querySelector(".verdict .word").textContent));
	await waitForWord("PASS");
});

await tap.scene("a target that is not there is FAIL, with what to do", async () => {
	await station.tell("wire target=0");
	await page.locator(".flash").click();
	await waitForWord("FAIL");
	await page.locator(".verdict .text", { hasText: "no AVR answers" }).waitFor();
	assert.match(await page.locator(".verdict .advice").textContent(), /plug|power/);
	await shoot(page, "fail-desktop");
	assert.deepEqual(await axeOf(page, stage.axe), []);
	await station.tell("wire target=1");
});

await tap.scene("a run is cancelled, and the next one passes", async () => {
	await page.locator(".flash").click();
	await page.waitForFunction(() => /%$/.test(document.querySelector(".verdict .word").textContent));
	await page.locator(".cancel").click();
	await waitForWord("FAIL");
	const last = JSON.parse((await chief.ask("GET", "/api/runs?limit=1")).body).runs[0];
	assert.equal(last.code, "CANCELLED");
	await page.locator(".flash").click();
	await waitForWord("PASS");
});

await tap.scene("the history has the runs, filters them, and tells one in full", async () => {
	await chief.open("history");
	await page.getByRole("link", { name: "Run 1", exact: true }).waitFor();
	await page.getByLabel("Result").selectOption("passed");
	await page.getByText("3 runs shown").waitFor();
	await page.getByRole("img", { name: /^Runs by day\. 3 of 5 runs passed: 60 %/ }).waitFor();
	assert.match(await page.getByRole("link", { name: "CSV" }).getAttribute("href"),
		/^api\/runs\/export\.csv\?state=passed$/);
	await page.getByRole("link", { name: "Run 1", exact: true }).click();
	await waitForWord("PASS");
	await page.locator(".phases li", { hasText: "Verify flash" }).waitFor();
	const download = page.waitForEvent("download");
	await chief.open("history");
	await page.getByRole("link", { name: "CSV" }).click();
	assert.match(readFileSync(await (await download).path(), "utf8"), /^run,.*\r\n1,/);
});

const chipFuses = async () => JSON.parse((await chief.ask("POST", "/api/target/fuses")).body).fuses;

await tap.scene("the fuse calculator does not set RSTDISBL without the typed name", async () => {
	const before = await chipFuses();
	await chief.open("fuses/ATmega328P");
	await button("Read the chip").click();
	await page.getByText(/^ATmega328P has low /).waitFor();
	await page.locator("[data-field=rstdisbl]").selectOption("0");
	assert.equal(await page.getByLabel("High (hex)").inputValue(), "59");
	await page.getByText("RESET becomes an I/O pin").waitFor();
	assert.equal(await button("Set fuses…").isDisabled(), true);
	await page.getByLabel("I mean it (allow rstdisbl)").check();
	await button("Set fuses…").click();
	const dialog = page.getByRole("dialog", { name: "Set the fuses of ATmega328P" });
	const set = dialog.getByRole("button", { name: "Set fuses", exact: true });
	assert.equal(await set.isDisabled(), true);
	await dialog.getByLabel(/^Type /).fill("ATmega328");
	assert.equal(await set.isDisabled(), true);
	await dialog.getByLabel(/^Type /).press("Enter");
	await dialog.getByRole("button", { name: "Cancel" }).click();
	assert.deepEqual(await chipFuses(), before);
	const refused = await chief.ask("POST", "/api/target/fuses/set", { part: "ATmega328P", set: { high: "59" } });
	assert.deepEqual([refused.status, JSON.parse(refused.body).code], [422, "FUSE_UNSAFE"]);
	assert.deepEqual(await chipFuses(), before);
});

await tap.scene("a field, and a byte, change the chip once they are confirmed", async () => {
	await chief.open("fuses/ATmega328P");
	await button("Read the chip").click();
	await page.getByText(/^ATmega328P has low /).waitFor();
	await page.locator("[data-field=bodlevel]").selectOption("5");
	await page.getByLabel("High (hex)").fill("D1");
	await page.getByText("Chip erase keeps the EEPROM").waitFor({ state: "attached" });
	await button("Set fuses…").click();
	await type("Set the fuses of ATmega328P", "atmega328p", "Set fuses");
	await page.getByText("The chip has these fuses already.").waitFor();
	const { high, extended } = await chipFuses();
	assert.deepEqual([high, parseInt(extended, 16) & 7], ["D1", 5]);
});

let backup;

await tap.scene("recover: who is there, and all of it in a file", async () => {
	await chief.open("recover");
	await button("Probe").click();
	await page.locator(".facts", { hasText: "1E950F" }).waitFor();
	await button("Identify").click();
	await page.getByText(/KiB of .* used, at 0x0000/).first().waitFor();
	const download = page.waitForEvent("download");
	await button("Back up all memories").click();
	backup = readFileSync(await (await download).path());
	assert.match((await download).suggestedFilename(), /^ATmega328P-backup-\d{4}-\d\d-\d\d\.hex$/);
	assert.match(backup.toString("latin1"), /^:/);
});

await tap.scene("recover: erased, restored after a dry run, as it was", async () => {
	const digest = async () => JSON.parse((await chief.ask("POST", "/api/target/identify")).body).flash_digest;
	const before = await digest();
	await button("Erase…").click();
	await type("Erase the ATmega328P?", "ATmega328P", "Erase");
	assert.notEqual(await digest(), before);
	await page.getByLabel("Backup file").setInputFiles({ name: "backup.hex", mimeType: "text/plain", buffer: backup });
	const restore = page.getByRole("region", { name: "Restore a backup" });
	await restore.getByRole("button", { name: "Check only" }).click();
	await restore.getByText("Checked, nothing written").waitFor();
	assert.notEqual(await digest(), before);
	await restore.getByRole("button", { name: "Restore…" }).click();
	await type("Restore a backup?", "ATmega328P", "Restore");
	await restore.getByText("Verified").waitFor();
	assert.equal(await digest(), before);
});

if (existsSync(ARDUINO))
	await tap.scene("recover: the factory's boot loader, with its fuses", async () => {
		const write = page.getByRole("region", { name: "Write the boot loader" });
		await write.getByLabel("Boot loader", { exact: true }).selectOption("atmegaboot-atmega328");
		await write.getByRole("button", { name: "Check only" }).click();
		await write.locator(".error", { hasText: "FUSE_UNSAFE" }).waitFor();
		await write.getByLabel("Clock on the board").fill("crystal:16M");
		await write.getByRole("button", { name: "Write…" }).click();
		await type("Write the boot loader?", "ATmega328P", "Write");
		await write.getByText("Verified").waitFor();
		assert.equal((await chipFuses()).high, "DA");
	});
else
	tap.skip("recover: the factory's boot loader, with its fuses", "arduino-core-avr is not installed");

await tap.scene("an avrdude line becomes a job", async () => {
	await chief.open("jobs");
	await page.getByLabel("A guide's avrdude line").fill("avrdude -c usbasp -p m328p -U flash:w:blink.hex:i");
	await button("Make a job of it").click();
	await page.getByText("The text was not made by the form").waitFor();
	assert.match(await page.getByLabel("Text of the job").inputValue(), /^# Made of this line:[^]*part=ATmega328P/);
	await page.getByText("Checked as a whole").waitFor();
	await page.getByLabel("Name of the job").fill("From a guide");
	await button("Keep the job").click();
	await page.waitForURL(/#\/job\/from-a-guide/);
});

await tap.scene("what a hostile job is called stays text", async () => {
	const title = "<img src=x onerror=alert(1)><b>bold</b>";
	const put = await chief.ask("PUT", "/api/jobs/hostile", { text:
		`[job]\ntitle=${title}\npart=ATmega328P\n[image a]\nfile=blink.hex\n` });
	assert.equal(put.status < 300, true, put.body);
	await chief.open("jobs");
	await page.getByRole("link", { name: title }).waitFor();
	assert.equal(await page.locator("main img").count(), 0);
	await page.getByRole("button", { name: "Delete hostile" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
	await page.getByRole("link", { name: title }).waitFor({ state: "detached" });
});

const operator = await newPerson(stage, station, complaints);

await tap.scene("an operator runs and sees, and is offered no more", async () => {
	await chief.open("settings");
	await button("Add a user…").click();
	const dialog = page.getByRole("dialog", { name: "A new user" });
	await dialog.getByLabel("Name", { exact: true }).fill(OPERATOR[0]);
	await dialog.getByLabel("Password").fill(OPERATOR[1]);
	await dialog.getByRole("button", { name: "Add", exact: true }).click();
	await page.getByRole("rowheader", { name: OPERATOR[0], exact: true }).waitFor();
	await operator.login(...OPERATOR);
	await operator.open("recover");
	await operator.page.getByText("is for an engineer of this station").waitFor();
	assert.equal(await operator.page.getByRole("button", { name: /Erase|Restore|Write/ }).count(), 0);
	const erase = await operator.ask("POST", "/api/target/erase", { part: "ATmega328P" });
	assert.deepEqual([erase.status, JSON.parse(erase.body).code], [403, "DENIED"]);
	await operator.open("images");
	assert.equal(await operator.page.getByRole("button", { name: /Delete|Download|Choose/ }).count(), 0);
	await operator.open("settings");
	assert.equal(await operator.page.getByRole("heading", { name: "Users" }).count(), 0);
	await operator.open("station");
	await operator.page.locator(".flash").click();
	await waitForWord("PASS", operator.page);
});

await tap.scene("a session that is over: log in again, and nothing typed is lost", async () => {
	await operator.open("history");
	await operator.page.getByLabel("Serial number").fill("typed but not yet sent");
	await chief.open("settings");
	await page.getByRole("row", { name: /^opal \(operator\)/ }).getByRole("button").click();
	const dialog = operator.page.getByRole("dialog", { name: "Your session is over" });
	await dialog.waitFor();
	assert.deepEqual(await axeOf(operator.page, stage.axe), []);
	await dialog.getByLabel("Password").fill("wrong");
	await dialog.getByRole("button", { name: "Log in" }).click();
	await dialog.locator(".error").waitFor();
	await dialog.getByLabel("Password").fill(OPERATOR[1]);
	// After a failed login the name has to wait.
	for (let tries = 0; tries < 40 && await dialog.count(); tries++) {
		await dialog.getByRole("button", { name: "Log in" }).click({ timeout: 1000 }).catch(() => {});
		await operator.page.waitForTimeout(250);
	}
	await dialog.waitFor({ state: "detached" });
	assert.equal(await operator.page.getByLabel("Serial number").inputValue(), "typed but not yet sent");
	assert.equal((await operator.ask("GET", "/api/session")).status, 200);
});

await tap.scene("one's own password is changed", async () => {
	await operator.page.getByLabel(/account$/).click();
	await button("Change password…", operator.page).click();
	const dialog = operator.page.getByRole("dialog", { name: "A new password" });
	await dialog.getByLabel("Old password").fill(OPERATOR[1]);
	await dialog.getByLabel("New password", { exact: true }).fill("ein ganz neues wort");
	await dialog.getByLabel("New password once more").fill("ein ganz neues wort");
	await dialog.getByRole("button", { name: "Change password" }).click();
	await dialog.waitFor({ state: "detached" });
	assert.equal((await operator.ask("GET", "/api/session")).status, 200);
	await operator.context.close();
});

await tap.scene("the web process dies during a run: the run ends well, the page recovers", async () => {
	await chief.open("station");
	await page.locator(".flash").click();
	await page.waitForFunction(() => /%$/.test(document.querySelector(".verdict .word").textContent));
	await station.tell("kill-web");
	await page.locator(".banner", { hasText: "does not answer" }).waitFor();
	await waitForWord("NO LINK");
	assert.equal(await page.locator(".flash").isDisabled(), true);
	await station.tell("start-web");
	await page.locator(".banner").waitFor({ state: "hidden", timeout: 60000 });
	await waitForWord("PASS");
	const [last] = JSON.parse((await chief.ask("GET", "/api/runs?limit=1")).body).runs;
	assert.equal(last.state, "passed");
});

await tap.scene("the station dies: the page says so, and goes on by itself", async () => {
	await station.tell("stop-station");
	await page.locator(".banner", { hasText: /daemon does not (run|answer)/ }).waitFor();
	await station.tell("start-station");
	await page.locator(".banner").waitFor({ state: "hidden", timeout: 60000 });
	await waitForWord("READY");
});

await tap.scene("settings are applied, and the station comes back with them", async () => {
	await chief.open("settings");
	await page.getByLabel("Name of the station").fill("bench 7");
	await page.getByLabel("Name of the station").blur();
	await button("Apply…").click();
	await page.getByRole("dialog").getByRole("button", { name: "Apply", exact: true }).click();
	await page.locator("#top .name", { hasText: "bench 7" }).waitFor({ timeout: 60000 });
	await page.waitForFunction(() => document.title === "Settings · bench 7 · Sixpin");
	await page.getByLabel("SCK", { exact: true }).selectOption("10");
	await button("Apply…").click();
	const dialog = page.getByRole("dialog");
	await dialog.getByRole("button", { name: "Apply", exact: true }).click();
	await dialog.locator(".error", { hasText: "10" }).waitFor();
	await dialog.getByRole("button", { name: "Cancel" }).click();
});

await tap.scene("with the keyboard alone: to the content, through the rooms, to the heading", async () => {
	await page.goto("about:blank");
	await chief.open("station");
	await page.keyboard.press("Tab");
	assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
	await page.getByRole("link", { name: "Jobs", exact: true }).focus();
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.activeElement.tagName === "H1" &&
		document.activeElement.textContent === "Jobs");
	assert.equal(await page.title(), "Jobs · bench 7 · Sixpin");
	assert.equal(await page.locator("#rooms [aria-current=page]").textContent(), "Jobs");
});

await tap.scene("nothing flickers: a station at rest changes nothing in the page", async () => {
	await chief.open("station");
	await page.locator(".verdict").waitFor();
	const changes = () => page.evaluate(() => new Promise((resolve) => {
		let count = 0;
		const observer = new MutationObserver((list) => { count += list.length; });
		observer.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
		setTimeout(() => resolve(count), 2000);
	}));
	// What a page that was just opened asks for may still come; what flickers does it all the time.
	for (let i = 0; i < 3 && await changes() > 0; i++);
	assert.equal(await changes(), 0);
});

await chief.context.storageState({ path: `${station.folder}/session.json` });
for (const scheme of ["light", "dark"])
	for (const [size, viewport] of Object.entries(SIZES))
		await tap.scene(`every page, ${size}, ${scheme}: axe has nothing to say, nothing is cut off`, async () => {
			const viewer = await newPerson(stage, station, complaints, { viewport, colorScheme: scheme,
				storageState: `${station.folder}/session.json` });
			for (const route of PAGES) {
				await viewer.open(route);
				assert.deepEqual(await axeOf(viewer.page, stage.axe), [], route);
				assert.equal(await viewer.page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0,
					`${route} is wider than the screen`);
				await shoot(viewer.page, `${route.replace(/\W+/g, "-").replace(/-$/, "")}-${size}-${scheme}`);
			}
			await viewer.context.close();
		});

await tap.scene("first load", async () => {
	await page.goto("about:blank");
	await page.goto("/#/station");
	await page.waitForFunction(() => document.documentElement.dataset.ready === "yes");
	const [ms, bytes] = await page.evaluate(() => [performance.now(), performance.getEntriesByType("resource")
		.filter(({ name }) => !name.includes("/api/")).reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0)]);
	tap.note(`ready at most ${Math.round(ms)} ms after navigation, ${bytes} bytes besides index.html`);
	assert.ok(bytes > 0 && bytes < 150000, `${bytes} bytes`);
});

await tap.scene("no page has complained", () => assert.deepEqual(complaints, []));

await stage.browser.close();
await station.stop();
process.exit(tap.end());
