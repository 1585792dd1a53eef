// SPDX-License-Identifier: MIT
// The Raspberry Pi's 40-pin header (the same on all models with 40 pins), and what a
// station's configuration connects where. Pure.
import { parseLine } from "./conf.js";

/** Pin 1, 2, 3, ...: a GPIO's number, or a name. */
const PINS = ["3V3", "5V", 2, "5V", 3, "GND", 4, 14, "GND", 15, 17, 18, 27, "GND", 22, 23, "3V3", 24, 10,
	"GND", 9, 25, 11, 8, "GND", 7, "ID_SD", "ID_SC", 5, "GND", 6, 12, 13, "GND", 19, 16, 26, 20, "GND", 21];

/** A GPIO's pin of the header, or null. */
export function pinOf(gpio) {
	const at = PINS.indexOf(gpio);
	return at < 0 ? null : at + 1;
}

/** What people call pin 1, 2, ... */
export function pinName(pin) {
	const name = PINS[pin - 1];
	return typeof name === "number" ? `GPIO${name}` : name;
}

const SIGNALS = [["pins", "sck", "SCK", "sck"], ["pins", "mosi", "MOSI", "mosi"],
	["pins", "miso", "MISO", "miso"], ["pins", "reset", "RESET", "reset"],
	["pins", "power", "Power switch", "other"], ["pins", "enable", "Enable", "other"],
	["pins", "sense", "Sense", "other"], ["panel", "button", "Button", "panel"],
	["panel", "second-button", "Second button", "panel"], ["panel", "busy", "BUSY", "panel"],
	["panel", "pass", "PASS", "panel"], ["panel", "fail", "FAIL", "panel"],
	["panel", "buzzer", "Buzzer", "panel"]];

const OFF = new Set(["no", "off", "false", "0"]);

/** [{key, name, kind, line, isLow, pin}]: what is connected, pin null: not on the header. */
export function connectionsOf(conf) {
	const isPanelOff = OFF.has(conf.panel?.enabled);
	return SIGNALS.filter(([group]) => group !== "panel" || !isPanelOff)
		.map(([group, key, name, kind]) => ({ key, name, kind, ...parseLine(conf[group]?.[key]) }))
		.filter(({ line }) => line !== undefined)
		.map((one) => ({ ...one, pin: pinOf(one.line) }));
}

/** The target's 6-pin ISP plug, as seen from above the target's board. */
export const PLUG = [{ pin: 1, name: "MISO", key: "miso" }, { pin: 2, name: "VCC", to: 17 },
	{ pin: 3, name: "SCK", key: "sck" }, { pin: 4, name: "MOSI", key: "mosi" },
	{ pin: 5, name: "RESET", key: "reset" }, { pin: 6, name: "GND", to: 25 }];

/** Which pin of the header a pin of the plug goes to. */
export function plugTarget(plug, connections) {
	return plug.to ?? connections.find(({ key }) => key === plug.key)?.pin ?? null;
}
