// SPDX-License-Identifier: MIT
// Which pin of the header goes where, drawn and as a table.
import { get } from "../api.js";
import { parseConf } from "../conf.js";
import { append, card, el, svg } from "../dom.js";
import { connectionsOf, pinName, PLUG, plugTarget } from "../header_pins.js";

export const title = "Wiring";

const ROW = 27;
const TOP = 62;
const LEFT = 458;
const RIGHT = 492;
const PLUG_X = [70, 150];
const PLUG_TOP = 250;
const PLUG_ROW = 62;
const HEIGHT = TOP + 20 * ROW + 20;

const yOf = (pin) => TOP + Math.floor((pin - 1) / 2) * ROW + ROW / 2;
const xOf = (pin) => pin % 2 ? LEFT : RIGHT;
const plugX = (pin) => PLUG_X[(pin - 1) % 2];
const plugY = (pin) => PLUG_TOP + Math.floor((pin - 1) / 2) * PLUG_ROW;

function headerPin(pin, used) {
	const isOdd = pin % 2 === 1;
	const hole = { class: `hole ${used?.kind ?? ""}` };
	const shape = pin === 1
		? svg("rect", { x: xOf(pin) - 10, y: yOf(pin) - 10, width: 20, height: 20, ...hole })
		: svg("circle", { cx: xOf(pin), cy: yOf(pin), r: 10, ...hole });
	const text = used?.name ? `${used.name}${used.isLow ? " (active low)" : ""} · ${pinName(pin)}` : pinName(pin);
	return svg("g", {}, shape, svg("text", { class: "hole-number", x: xOf(pin), y: yOf(pin) + 4, text: pin }),
		svg("text", { class: used?.name ? "used" : "soft", x: isOdd ? LEFT - 22 : RIGHT + 22, y: yOf(pin) + 5,
			"text-anchor": isOdd ? "end" : "start", text }));
}

function wire({ pin, name }, to, lane) {
	if (!to)
		return null;
	const x = 232 + lane * 13;
	const fromY = plugY(pin);
	const toX = to % 2 ? LEFT - 12 : RIGHT - 8;
	const toY = to % 2 ? yOf(to) : yOf(to) + ROW / 2;
	const end = to % 2 ? `H${toX}` : `H${toX}L${RIGHT - 6} ${yOf(to) + 7}`;
	return svg("path", { class: `wire ${name.toLowerCase()}`,
		d: `M${plugX(pin) + 14} ${fromY}${pin % 2 ? `l12 24H${x}` : `H${x}`}V${toY}${end}` });
}

function plugPin(pin) {
	return svg("g", {}, svg("rect", { x: plugX(pin.pin) - 14, y: plugY(pin.pin) - 14, width: 28, height: 28,
		rx: pin.pin === 1 ? 0 : 14, class: `hole ${pin.name.toLowerCase()}` }),
	svg("text", { class: "hole-number", x: plugX(pin.pin), y: plugY(pin.pin) + 4, text: pin.pin }),
	svg("text", { class: "used", x: plugX(pin.pin), y: plugY(pin.pin) - 19, "text-anchor": "middle",
		text: pin.name }));
}

function usedPins(connections) {
	const used = new Map(connections.filter(({ pin }) => pin).map((one) => [one.pin, one]));
	for (const { to, name } of PLUG)
		if (to)
			used.set(to, { name, kind: name.toLowerCase() });
	return used;
}

function words(connections) {
	return [...PLUG.map((plug) => [`plug pin ${plug.pin} (${plug.name})`, plugTarget(plug, connections)])
		.filter(([, to]) => to).map(([name, to]) => `${name} to header pin ${to} (${pinName(to)})`),
	...connections.filter(({ kind, pin }) => pin && (kind === "panel" || kind === "other"))
		.map(({ name, pin }) => `${name} at header pin ${pin} (${pinName(pin)})`)].join("; ");
}

function picture(connections) {
	const used = usedPins(connections);
	const pins = Array.from({ length: 40 }, (_, i) => i + 1);
	// Who goes further down turns earlier, so that wires cross as seldom as they can.
	const order = PLUG.map((plug) => [plug, plugTarget(plug, connections)])
		.sort((a, b) => (b[1] ?? 0) - (a[1] ?? 0));
	return svg("svg", { viewBox: `0 0 720 ${HEIGHT}`, role: "img", "aria-label": words(connections) },
		svg("text", { class: "title", x: 110, y: 150, "text-anchor": "middle", text: "Target, ISP plug" }),
		svg("text", { class: "soft", x: 110, y: 170, "text-anchor": "middle", text: "from above the board" }),
		svg("text", { class: "title", x: 475, y: 22, "text-anchor": "middle", text: "Raspberry Pi" }),
		svg("text", { class: "soft", x: 475, y: 42, "text-anchor": "middle",
			text: "pin 1 at the end with the microSD card" }),
		svg("rect", { class: "board", x: 20, y: PLUG_TOP - 60, width: 182, height: 214, rx: 10 }),
		svg("rect", { class: "strip", x: LEFT - 17, y: TOP - 2, width: RIGHT - LEFT + 34, height: 20 * ROW + 4,
			rx: 6 }),
		order.map(([plug, to], lane) => wire(plug, to, lane)),
		svg("g", { class: "plug" }, PLUG.map(plugPin)), pins.map((pin) => headerPin(pin, used.get(pin))));
}

function table(connections) {
	const rows = [...connections.map(({ name, line, isLow, pin }) => [name, `GPIO${line}`,
		pin ? `pin ${pin}` : "not on the header", isLow ? "active low" : ""]),
	["VCC of the plug", "3V3", "pin 17", "or the target's own supply"], ["GND", "GND", "pin 25", "and 6, 9, 14, 20, 30, 34, 39"]];
	return el("div", { class: "scroll" }, el("table", {}, el("thead", {}, el("tr", {},
		["What", "Line", "Header", ""].map((text) => text ? el("th", { scope: "col", text }) : el("td")))),
	el("tbody", {}, rows.map(([what, ...rest]) => el("tr", {}, el("th", { scope: "row", text: what }),
		rest.map((text) => el("td", { text })))))));
}

export async function show(view) {
	const settings = await get("/api/settings");
	const conf = parseConf(settings.station_conf);
	const connections = connectionsOf(conf);
	const programmer = conf.station?.programmer ?? "gpio";
	append(view, programmer === "gpio" ? null : el("p", { class: "warning",
		text: `The station's programmer is ${programmer}: the target is wired to that. The panel is wired as here.` }),
	el("div", { class: "columns wide-first" },
		card("Header and plug", { class: "card wiring" }, picture(connections),
			el("p", { class: "note", text: "Connect 3V3 to the plug's VCC only where the target has no supply " +
				"of its own, and never 5 V to a signal: the Pi's pins take 3.3 V. An LED needs 330 ohm." })),
		card("Lines", {}, table(connections), el("p", { class: "links" },
			el("a", { href: "#/settings", text: "Change pins in Settings" })))));
}
