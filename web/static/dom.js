// SPDX-License-Identifier: MIT
// Elements, and changing only what is different. What comes from the station is text here,
// never markup.

const SVG = "http://www.w3.org/2000/svg";

function setOne(node, name, value) {
	if (name === "text")
		setText(node, value);
	else if (name.startsWith("on"))
		node.addEventListener(name.slice(2), value);
	else if (name === "value" || name === "checked" || name === "disabled")
		node[name] = value;
	else
		setAttribute(node, name, value);
}

/** Appends what is there of children; null, undefined and false are not. */
export function append(node, ...children) {
	node.append(...children.flat(3).filter((child) => child !== null &&
		child !== undefined && child !== false));
	return node;
}

function fill(node, attributes, children) {
	for (const [name, value] of Object.entries(attributes ?? {}))
		setOne(node, name, value);
	return append(node, children);
}

/**
 * An HTML element. attributes: names of attributes, `text`, `onclick` and the like;
 * null and false leave one out, true is an empty one.
 */
export function el(tag, attributes, ...children) {
	return fill(document.createElement(tag), attributes, children);
}

/** The same of SVG. */
export function svg(tag, attributes, ...children) {
	return fill(document.createElementNS(SVG, tag), attributes, children);
}

export function setText(node, text) {
	const wanted = String(text ?? "");
	if (node.textContent !== wanted)
		node.textContent = wanted;
}

export function setAttribute(node, name, value) {
	if (value === null || value === undefined || value === false)
		node.removeAttribute(name);
	else if (node.getAttribute(name) !== String(value === true ? "" : value))
		node.setAttribute(name, value === true ? "" : value);
}

export function setHidden(node, hidden) {
	if (node.hidden !== hidden)
		node.hidden = hidden;
}

/**
 * Makes the children of `parent` those of `items`: keeps the node of each key, makes new
 * ones, takes away what is gone, and moves only what is in another place.
 */
export function keyed(parent, items, keyOf, make, update = () => {}) {
	const nodes = new Map([...parent.children].map((node) => [node.dataset.key, node]));
	let place = parent.firstElementChild;
	for (const item of items) {
		const key = String(keyOf(item));
		let node = nodes.get(key);
		nodes.delete(key);
		if (!node) {
			node = make(item);
			node.dataset.key = key;
		}
		update(node, item);
		if (node === place)
			place = place.nextElementSibling;
		else
			parent.insertBefore(node, place);
	}
	for (const node of nodes.values())
		node.remove();
}

let lastId = 0;

/** A name that no other element has. */
export function newId(prefix = "id") {
	lastId++;
	return `${prefix}-${lastId}`;
}

/** Names a control that is in its label or told by it; `note` explains below. */
export function field(label, control, note) {
	control.id ||= newId("field");
	const parts = [el("label", { for: control.id, text: label }), control];
	if (note) {
		const id = newId("note");
		control.setAttribute("aria-describedby", id);
		parts.push(el("p", { class: "note", id, text: note }));
	}
	return el("div", { class: "field" }, parts);
}

/** A select of [value, text] pairs. */
export function select(options, chosen, attributes) {
	const node = el("select", attributes, options.map(([value, text]) =>
		el("option", { value, text })));
	if (chosen !== undefined && chosen !== null)
		node.value = chosen;
	return node;
}

export function checkbox(label, checked, attributes) {
	const box = el("input", { type: "checkbox", checked, ...attributes });
	return { box, node: el("label", { class: "check" }, box, el("span", { text: label })) };
}

/** Pairs of a word and what it says. */
export function facts(pairs) {
	return el("dl", { class: "facts" }, pairs
		.filter(([, value]) => value !== undefined && value !== null && value !== "")
		.map(([name, value]) => el("div", {}, el("dt", { text: name }),
			el("dd", {}, value instanceof Node ? value : String(value)))));
}

/** A card with a heading of its own. */
export function card(title, attributes, ...children) {
	const id = newId("heading");
	return el("section", { class: "card", "aria-labelledby": id, ...attributes },
		el("h2", { id, text: title }), ...children);
}
