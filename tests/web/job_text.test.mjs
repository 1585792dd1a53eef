// SPDX-License-Identifier: MIT
import assert from "node:assert/strict";
import test from "node:test";
import { errorLine, escapeValue, jobText, loadersFor } from "../../web/static/job_text.js";

test("an application alone", () => {
	assert.equal(jobText({ title: "Blink", part: "ATmega328P", application: "blink.hex" }),
		"[job]\ntitle=Blink\npart=ATmega328P\n\n[image application]\nfile=blink.hex\n");
});

test("what is empty is left out, with its group", () => {
	assert.equal(jobText({ title: "", part: "ATmega8", allow: [], goodUnits: "", keepEeprom: false,
		lock: "", usbWithin: "5s" }), "[job]\npart=ATmega8\n");
});

test("boot loader of the catalogue with its fuses", () => {
	assert.equal(jobText({ part: "ATmega32U4", boardClock: "crystal:16M", application: "blink.hex",
		bootloader: { catalogue: "caterina-leonardo", sectionOnly: true, alternative: "jtag-off" },
		fuses: { fromCatalogue: true, bytes: { low: "FF" } }, lock: "2F" }),
	"[job]\npart=ATmega32U4\nboard-clock=crystal:16M\n\n[image application]\nfile=blink.hex\n\n" +
	"[image bootloader]\ncatalogue=caterina-leonardo\nboot-section=only\nalternative=jtag-off\n\n" +
	"[fuses]\nfrom-catalogue=yes\n\n[lock]\nbits=2F\n");
});

test("serial numbers, limits, what must appear", () => {
	assert.equal(jobText({ part: "ATmega328P", application: "a.hex", fuses: { bytes: { low: "FF", high: "D9" } },
		serial: { first: "1000", last: "1999", list: "", afterFailure: "reuse", patch: { memory: "eeprom",
			address: "0x0010", format: "ascii", bytes: "8", value: "SN{serial:06}" } },
		goodUnits: "500", stopAfter: "3", usb: "2341:8037", usbWithin: "5s" }),
	"[job]\npart=ATmega328P\n\n[image application]\nfile=a.hex\n\n[fuses]\nlow=FF\nhigh=D9\n\n" +
	"[serial]\nfirst=1000\nlast=1999\nafter-failure=reuse\n\n[patch serial]\nmemory=eeprom\n" +
	"address=0x0010\nformat=ascii\nbytes=8\nvalue=SN{serial:06}\n\n[limits]\ngood-units=500\n" +
	"stop-after-failures=3\n\n[after]\nusb=2341:8037\nusb-within=5s\n");
});

test("a list stands alone", () => {
	const text = jobText({ part: "ATmega8", serial: { first: "1", last: "9", list: "labels.txt",
		patch: { memory: "flash" } } });
	assert.match(text, /\[serial\]\nlist=labels\.txt\n/);
});

test("a value cannot become a line, a group or a lost blank", () => {
	assert.equal(escapeValue("a\nfile=x\\y\t"), "a\\nfile=x\\\\y\\t");
	assert.equal(escapeValue("  two"), "\\s\\stwo");
	assert.equal(jobText({ title: "x\n[lock]\nbits=00", part: "p" }),
		"[job]\ntitle=x\\n[lock]\\nbits=00\npart=p\n");
});

test("an error's line", () => {
	assert.deepEqual(errorLine("blink:3: sck: SCK of 500 Hz is too slow; the least is 1000 Hz"),
		{ line: 3, text: "sck: SCK of 500 Hz is too slow; the least is 1000 Hz" });
	assert.equal(errorLine("blink.job:12: part: expected a part").line, 12);
	assert.deepEqual(errorLine("new: expected something to do"),
		{ line: null, text: "new: expected something to do" });
});

test("boot loaders for a part", () => {
	const entries = [{ id: "a", kind: "bootloader", parts: ["ATmega8"] },
		{ id: "b", kind: "isp-firmware", parts: ["ATmega8"] },
		{ id: "c", kind: "bootloader", parts: ["ATmega328P"] }];
	assert.deepEqual(loadersFor(entries, "ATmega8").map(({ id }) => id), ["a"]);
	assert.deepEqual(loadersFor(entries, undefined), []);
});
