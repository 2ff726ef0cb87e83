// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* page.js - what the page of ovl report does with the facts it is given (report.h).
 * Model: the overlays that are switched on, applied to the base by the rules of ovl_apply().  Rows: the open
 * part of the tree as a list, of which only what is in sight is made into elements, so that a large tree costs
 * nothing.  Names and values come from blobs of anybody: they become text nodes, never markup. */
"use strict";

const facts = JSON.parse(document.getElementById("facts").textContent);
const $ = id => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";

/* An element with attributes, properties of its style (by "--name") and children, texts or elements. */
function make(name, attributes, ...children) {
	const element = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {})) {
		if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
		else if (key.startsWith("--")) { if (value) element.style.setProperty(key, value); }
		else if (value === true) element.setAttribute(key, "");
		else if (value !== false && value != null) element.setAttribute(key, value);
	}
	element.append(...children.filter(child => child != null && child !== ""));
	return element;
}

const plural = (n, one, many) => n + " " + (n === 1 ? one : many || one + "s");

/* ---------------------------------------------------------------- layers */

/* The base, and the overlays from 1 on. */
const layers = [facts.base, ...facts.overlays].map((layer, number) => ({ ...layer, number }));
for (const layer of layers) {
	const file = layer.name.split("/").pop() || layer.name;
	const twin = layers.some(other => other !== layer && (other.name.split("/").pop() || other.name) === file);
	layer.file = twin && layer.number ? file + " #" + layer.number : file;
	layer.short = layer.number ? layer.file.replace(/\.(dtbo|dtb)(?= #|$)/, "") : layer.file;
	layer.hue = layer.number ? "var(--h" + ((layer.number - 1) % 8 + 1) + ")" : null;
}

function chip(number, text) {
	return make("span", { class: "chip", "--hue": layers[number].hue, title: layers[number].name },
		(text ? text + " " : "") + layers[number].short);
}

/* ---------------------------------------------------------------- the model */

/* Of a property every version is kept, the oldest first: { layer, fragment, value }, value null when deleted. */
class Node {
	constructor(name, up, layer, fragment) {
		Object.assign(this, { name, up, layer, fragment, kids: [], byName: new Map(), props: new Map(), gone: 0 });
		this.path = up ? (up.up ? up.path : "") + "/" + name : "/";
		this.marks = new Set();
		if (up) {
			up.kids.push(this);
			up.byName.set(name, this);
		}
	}
	/* The value that a property has now, or null. */
	value(name) {
		const versions = this.props.get(name);
		return versions ? versions.at(-1).value : null;
	}
	set(name, version) {
		if (!this.props.has(name)) this.props.set(name, []);
		this.props.get(name).push(version);
	}
}

/* The nodes whose properties are paths, and what is found when one leads nowhere. */
const NAMING = { "/aliases": "alias-dangling", "/__symbols__": "symbol-dangling" };

class Model {
	/* on: whether each layer is switched on. */
	constructor(on) {
		this.root = new Node("", null, 0, "");
		this.labels = new Map(); /* to { path, layer } */
		this.applied = layers.map(() => false);
		this.broken = new Map(); /* by layer: why it cannot be applied */
		this.needs = layers.map(() => new Map()); /* by layer: the layers it needs, and for what */
		this.does = layers.map(() => ({ nodes: 0, props: 0, gone: 0 }));
		this.merge(this.root, facts.base.tree, 0, "");
		for (const [label, path] of facts.base.labels) this.labels.set(label, { path, layer: 0 });
		this.applied[0] = true;
		for (const layer of layers) if (layer.number && on[layer.number]) this.apply(layer);
		this.names = new Map(); /* labels by path */
		for (const [label, { path }] of this.labels) {
			if (!this.names.has(path)) this.names.set(path, []);
			this.names.get(path).push(label);
		}
		this.users = new Map(); /* by path: the properties that refer to it */
		this.lost = [];
		this.n = 0; /* nodes that are there */
		this.mark(this.root, 0);
	}

	find(path) {
		let node = this.root;
		for (const name of path.split("/").filter(part => part)) {
			node = node.byName.get(name);
			if (!node) return null;
		}
		return node;
	}

	merge(node, [, props, kids], layer, fragment) {
		for (const [name, value] of props) node.set(name, { layer, fragment, value });
		this.does[layer].props += props.length;
		for (const kid of kids) {
			let child = node.byName.get(kid[0]);
			if (!child) {
				child = new Node(kid[0], node, layer, fragment);
				this.does[layer].nodes++;
			}
			this.merge(child, kid, layer, fragment);
		}
	}

	remove(node, [, props, kids], layer, fragment) {
		if (kids.some(kid => kid[0] === "__delete__")) {
			node.gone = layer;
			node.up.byName.delete(node.name);
			this.does[layer].gone++;
			return;
		}
		for (const [name] of props) {
			node.set(name, { layer, fragment, value: null });
			this.does[layer].gone++;
		}
		for (const kid of kids) this.remove(node.byName.get(kid[0]), kid, layer, fragment);
	}

	/* A need, and who meets it; or why nobody does. */
	need(layer, provider, what) {
		const needs = this.needs[layer.number];
		if (!needs.has(provider)) needs.set(provider, []);
		if (!needs.get(provider).includes(what)) needs.get(provider).push(what);
	}

	missingLabel(label) {
		const from = layers.find(l => l.number && l.brings.some(([brought]) => brought === label));
		return "needs &" + label + (from ? " of " + from.file : "");
	}

	missingNode(path) {
		const from = layers.find(l => l.number && l.fragments.some(f => madeBy(f).includes(path)));
		return "needs " + path + (from ? " of " + from.file : "");
	}

	/* What stands in the way of an overlay; nothing is changed.  Earlier fragments make what later ones need. */
	obstacles(layer) {
		const why = new Set(), made = new Set();
		for (const label of layer.needs) {
			const known = this.labels.get(label), node = known && this.find(known.path);
			if (!node) why.add(this.missingLabel(label));
			else this.need(layer, known.layer, "&" + label);
		}
		for (const fragment of layer.fragments) {
			const node = this.find(fragment.target);
			if (node) this.need(layer, node.layer, fragment.target);
			else if (!made.has(fragment.target) && !why.size) why.add(this.missingNode(fragment.target));
			for (const path of madeBy(fragment)) made.add(path);
			if (fragment.delete && node) this.obstaclesBelow(layer, node, fragment.delete, why);
		}
		return why;
	}

	obstaclesBelow(layer, node, [, props, kids], why) {
		for (const [name] of props) {
			const versions = node.props.get(name);
			if (node.value(name) === null) why.add("deletes " + node.path + ":" + name + ", which is not there");
			else if (versions.at(-1).layer) this.need(layer, versions.at(-1).layer, node.path + ":" + name);
		}
		for (const kid of kids) {
			const child = node.byName.get(kid[0]);
			if (kid[0] === "__delete__") continue;
			if (!child) why.add("deletes " + node.path.replace(/\/$/, "") + "/" + kid[0] + ", which is not there");
			else this.obstaclesBelow(layer, child, kid, why);
		}
	}

	apply(layer) {
		const why = this.obstacles(layer), k = layer.number;
		if (why.size) {
			this.broken.set(k, [...why]);
			return;
		}
		for (const { name, target, set, delete: goes } of layer.fragments) {
			if (goes) this.remove(this.find(target), goes, k, name);
			this.merge(this.find(target), set, k, name);
		}
		const symbols = this.root.byName.get("__symbols__");
		for (const [label, path] of layer.brings) {
			this.labels.set(label, { path, layer: k });
			if (symbols) symbols.set(label, { layer: k, fragment: "__symbols__", value: '"' + path + '"' });
		}
		this.applied[k] = true;
	}

	/* Who has to do with a node and what is below it; who refers to whom. */
	mark(node, gone) {
		gone = gone || node.gone;
		this.n += !gone;
		if (node.layer) node.marks.add(node.layer);
		if (node.gone) node.marks.add(node.gone);
		for (const [name, versions] of node.props) {
			const { layer, value } = versions.at(-1);
			if (layer) node.marks.add(layer);
			if (!gone && Array.isArray(value)) this.markReferences(node, name, value);
			if (!gone && NAMING[node.path] && /^"\/[^"]*"$/.test(value) && !this.find(value.slice(1, -1)))
				this.lost.push({ node: node.path, prop: name, to: value.slice(1, -1), kind: NAMING[node.path] });
		}
		for (const kid of node.kids) {
			this.mark(kid, gone);
			for (const layer of kid.marks) node.marks.add(layer);
		}
	}

	markReferences(node, prop, value) {
		for (let i = 1; i < value.length; i += 2) {
			if (!this.find(value[i])) this.lost.push({ node: node.path, prop, to: value[i], kind: "phandle-dangling" });
			if (!this.users.has(value[i])) this.users.set(value[i], new Set());
			this.users.get(value[i]).add(node.path + "\0" + prop);
		}
	}
}

/* The paths of the nodes that a fragment makes, if they are not there. */
function madeBy(fragment) {
	if (!fragment.made) {
		fragment.made = [];
		const walk = ([, , kids], path) => {
			for (const kid of kids) {
				fragment.made.push(path + "/" + kid[0]);
				walk(kid, path + "/" + kid[0]);
			}
		};
		walk(fragment.set, fragment.target === "/" ? "" : fragment.target);
	}
	return fragment.made;
}

const on = layers.map(() => true);
const whole = new Model(on); /* with every overlay */
let model = whole;

/* What ovl check found, as far as it is about what is switched on.  What leads nowhere the page sees for itself, as
 * that changes with the overlays. */
function findings() {
	const seen = new Set(whole.lost.map(({ node, prop, kind }) => node + "\0" + prop + "\0" + kind));
	const found = facts.findings.filter(f => model.applied[f.layer] && model.applied[f.with] &&
		(model.find(f.node) || !whole.find(f.node)) && !seen.has(f.node + "\0" + f.prop + "\0" + f.kind));
	for (const { node, prop, to, kind } of model.lost)
		found.push({ layer: model.find(node).props.get(prop).at(-1).layer, with: 0, kind, node, prop,
			text: "there is no node " + to, breaks: true });
	return found;
}

/* ---------------------------------------------------------------- rows */

const open = new Set(["/"]);
let onlyChanges = false;
let rows = []; /* { node, depth, gone } and, for a property, prop and versions */
let active = 0;
let chosen = null; /* the overlay that the details are about, instead of the active row */
let flagged = new Map(); /* by node and property: what was found there */

const keyOf = node => node.path + (node.gone ? "\0gone" : "");
const flagOf = (path, prop) => path + "\0" + (prop || "");

function listRows() {
	rows = [];
	const walk = (node, depth, gone) => {
		if (onlyChanges && !node.marks.size) return;
		gone = gone || node.gone;
		rows.push({ node, depth, gone });
		if (!open.has(keyOf(node))) return;
		for (const [prop, versions] of node.props)
			if (!onlyChanges || versions.at(-1).layer || gone) rows.push({ node, depth: depth + 1, gone, prop, versions });
		for (const kid of node.kids) walk(kid, depth + 1, gone);
	};
	walk(model.root, 0, 0);
}

const hasMore = node => node.props.size > 0 || node.kids.length > 0;

const TOKENS = /("(?:[^"\\]|\\.)*")|\b(0x[0-9a-f]+|[0-9a-f]{2})\b/g;

function colourText(text) {
	const parts = [];
	let at = 0;
	for (const found of text.matchAll(TOKENS)) {
		parts.push(text.slice(at, found.index), make("span", { class: found[1] ? "s" : "n" }, found[0]));
		at = found.index + found[0].length;
	}
	return [...parts, text.slice(at)];
}

const hashOf = path => "#" + path.split("/").map(encodeURIComponent).join("/");

function reference(path) {
	const labels = model.names.get(path), text = labels ? "&" + labels[0] : "&{" + path + "}";
	if (!model.find(path)) return make("span", { class: "lost", title: "there is no node " + path + " any more" }, text);
	return make("a", { href: hashOf(path), title: path, tabindex: -1 }, text);
}

/* A value as source has it; no more of it than `most` characters. */
function showValue(value, most = Infinity) {
	const pieces = Array.isArray(value) ? value : [value], parts = [];
	let length = 0;
	pieces.forEach((piece, i) => {
		if (length > most) return;
		length += piece.length;
		const shown = length > most && i % 2 === 0 ? piece.slice(0, piece.length - (length - most)) + "…" : piece;
		parts.push(...i % 2 ? [reference(piece)] : colourText(shown));
	});
	return parts;
}

/* Findings name files as the command line did. */
const shorten = text => layers.reduce((short, layer) => short.replaceAll(layer.name, layer.file), text);

const plain = value => Array.isArray(value) ? value.map((piece, i) => i % 2 ? "&{" + piece + "}" : piece).join("") : value;

function nodeText(node) {
	const [name, unit] = [node.name.split("@")[0], node.name.includes("@") ? "@" + node.name.split("@").slice(1).join("@") : ""];
	const labels = model.names.get(node.path) || [];
	return [...labels.slice(0, 2).map(label => make("span", { class: "label" }, label + ": ")), node.up ? name : "/",
		make("span", { class: "unit" }, unit)];
}

function twist() {
	const icon = document.createElementNS(SVG, "svg"), path = document.createElementNS(SVG, "path");
	icon.setAttribute("viewBox", "0 0 10 10");
	icon.setAttribute("aria-hidden", "true");
	path.setAttribute("d", "M2 0 L8.5 5 L2 10 Z");
	path.setAttribute("fill", "currentColor");
	icon.append(path);
	return icon;
}

function sign(path, prop) {
	const found = flagged.get(flagOf(path, prop));
	return found && make("span", { class: "sign" + (found.some(f => f.breaks) ? " breaks" : ""),
		title: found.map(f => f.kind + ": " + shorten(f.text)).join("\n") }, "⚠");
}

function nodeRow({ node, gone }) {
	const closed = !open.has(keyOf(node)), parts = [make("span", { class: "text" }, ...nodeText(node))];
	const compatible = node.value("compatible"), status = node.value("status");
	if (closed && compatible) parts.push(make("span", { class: "brief" }, plain(compatible).slice(0, 120)));
	if (status && status !== '"okay"' && status !== '"ok"') parts.push(make("span", { class: "off-mark" }, plain(status).replace(/"/g, "")));
	parts.push(sign(node.path) || "", make("span", { class: "space" }));
	if (closed)
		for (const layer of [...node.marks].sort((a, b) => a - b))
			if (layer !== node.layer) parts.push(make("span", { class: "dot", "--hue": layers[layer].hue, title: layers[layer].name }));
	if (gone) parts.push(chip(gone, "deleted by"));
	else if (node.layer) parts.push(chip(node.layer, "new"));
	return parts;
}

function propRow({ node, prop, versions }) {
	const last = versions.at(-1), before = versions.at(-2), parts = [];
	const shown = last.value === null ? before : last;
	parts.push(make("span", { class: "text" }, make("span", { class: "p" }, prop),
		...shown && shown.value !== "" ? [" = ", ...showValue(shown.value, 400)] : [], ";"));
	if (before && before.value !== null && last.value !== null)
		parts.push(plain(before.value) === plain(last.value) ? make("span", { class: "was" }, "as it was")
			: make("span", { class: "was" }, "was ", make("s", {}, plain(before.value).slice(0, 200) || "empty")));
	parts.push(sign(node.path, prop) || "", make("span", { class: "space" }));
	if (last.layer) parts.push(chip(last.layer, last.value === null ? "deleted by" : ""));
	return parts;
}

/* Whose hue a row has. */
function ownerOf({ node, prop, versions, gone }) {
	return gone || (prop === undefined ? node.layer : versions.at(-1).layer);
}

function rowElement(row, i) {
	const { node, prop, depth, gone, versions } = row, isNode = prop === undefined, owner = ownerOf(row);
	const isOpen = isNode && open.has(keyOf(node));
	return make("div", {
		id: "row" + i, role: "treeitem", "aria-level": depth + 1, "aria-selected": i === active,
		"aria-expanded": isNode && hasMore(node) ? String(isOpen) : null,
		class: "row " + (isNode ? "node" : "prop") + (isOpen ? " open" : "") + (i === active ? " active" : "") + (owner ? " set" : "") +
			(gone || (!isNode && versions.at(-1).value === null) ? " gone" : ""),
		"--depth": String(depth), "--hue": layers[owner].hue, "--top": i * ROW + "px",
		onclick: event => clickRow(event, i),
	}, make("span", { class: "twist" }, isNode && hasMore(node) ? twist() : ""), ...isNode ? nodeRow(row) : propRow(row));
}

const ROW = 24; /* pixels, as page.css has it */
const tree = $("tree");

function draw() {
	const first = Math.max(0, Math.floor(tree.scrollTop / ROW) - 12);
	const last = Math.min(rows.length, Math.ceil((tree.scrollTop + tree.clientHeight) / ROW) + 12);
	$("rows").style.height = rows.length * ROW + "px";
	$("rows").replaceChildren(...rows.slice(first, last).map((row, i) => rowElement(row, first + i)));
	tree.setAttribute("aria-activedescendant", "row" + active);
}

/* ---------------------------------------------------------------- moving about */

const sameRow = (row, node, prop) => keyOf(row.node) === keyOf(node) && row.prop === prop;

function activate(i, { quiet = false } = {}) {
	active = Math.max(0, Math.min(i, rows.length - 1));
	chosen = null;
	const top = active * ROW + 8;
	if (top < tree.scrollTop) tree.scrollTop = top - ROW;
	else if (top + ROW > tree.scrollTop + tree.clientHeight) tree.scrollTop = top + 2 * ROW - tree.clientHeight;
	draw();
	if (!quiet) drawLayers();
	drawDetails();
}

/* Open all that is above a node, and go to it, or to a property of it. */
function reveal(node, prop) {
	if (onlyChanges && !node.marks.size) setOnlyChanges(false);
	for (let above = prop === undefined ? node.up : node; above; above = above.up) open.add(keyOf(above));
	listRows();
	let i = rows.findIndex(row => sameRow(row, node, prop));
	if (i < 0) i = rows.findIndex(row => sameRow(row, node, undefined));
	tree.scrollTop = Math.max(0, i * ROW - tree.clientHeight / 3);
	activate(i);
}

function go(path, prop) {
	const node = model.find(path);
	if (!node) return;
	if (prop === undefined) open.add(keyOf(node));
	reveal(node, prop);
	tree.focus({ preventScroll: true });
}

function toggle(i, wanted) {
	const { node, prop } = rows[i], key = keyOf(node);
	if (prop !== undefined || !hasMore(node)) return;
	if (wanted === undefined ? open.has(key) : !wanted) open.delete(key);
	else open.add(key);
	listRows();
	activate(i);
}

function clickRow(event, i) {
	if (event.target.closest("a")) return;
	if (event.target.closest(".twist") || i === active) toggle(i);
	activate(i);
}

function setOnlyChanges(wanted) {
	const { node, prop } = rows[active];
	onlyChanges = wanted;
	$("only").setAttribute("aria-pressed", String(wanted));
	listRows();
	const at = rows.findIndex(row => sameRow(row, node, prop));
	activate(at < 0 ? 0 : at);
}

function openAll(wanted) {
	const walk = node => {
		if (hasMore(node)) open.add(keyOf(node));
		node.kids.forEach(walk);
	};
	const { node, prop } = rows[active];
	open.clear();
	if (wanted) walk(model.root);
	else open.add("/");
	listRows();
	const at = rows.findIndex(row => sameRow(row, node, prop));
	activate(at < 0 ? 0 : at);
}

/* Nodes that are new and properties that were set, in the order of the tree: [node, property]. */
function changes() {
	const list = [];
	const walk = node => {
		if (!node.marks.size) return;
		if (node.layer || node.gone) list.push([node]);
		for (const [prop, versions] of node.props) if (versions.at(-1).layer && !node.layer) list.push([node, prop]);
		node.kids.forEach(walk);
	};
	walk(model.root);
	return list;
}

/* The order of two places in the tree, as lists of indices. */
function placeOf(node, prop) {
	const place = prop === undefined ? [] : [[...node.props.keys()].indexOf(prop) - node.props.size];
	for (; node.up; node = node.up) place.unshift(node.up.kids.indexOf(node));
	return place;
}

function before(a, b) {
	for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i] < b[i];
	return a.length < b.length;
}

function nextChange(step) {
	const here = placeOf(rows[active].node, rows[active].prop), list = step > 0 ? changes() : changes().reverse();
	const next = list.find(([node, prop]) => {
		const there = placeOf(node, prop);
		return step > 0 ? before(here, there) : before(there, here);
	}) || list[0];
	if (next) reveal(...next);
}

function firstReference() {
	const { node, prop } = rows[active], value = prop !== undefined && node.value(prop);
	return Array.isArray(value) ? value[1] : undefined;
}

/* To the right: into a node.  To the left: out of it. */
function moveIn() {
	const { node, prop } = rows[active];
	if (prop === undefined && hasMore(node) && !open.has(keyOf(node))) toggle(active, true);
	else activate(active + 1);
}

function moveOut() {
	const { node, prop, depth } = rows[active];
	if (prop === undefined && hasMore(node) && open.has(keyOf(node))) {
		toggle(active, false);
		return;
	}
	let i = active;
	while (i > 0 && rows[i].depth >= depth) i--;
	activate(i);
}

const page = () => Math.max(1, Math.floor(tree.clientHeight / ROW) - 1);
const treeKeys = {
	ArrowDown: () => activate(active + 1),
	ArrowUp: () => activate(active - 1),
	PageDown: () => activate(active + page()),
	PageUp: () => activate(active - page()),
	Home: () => activate(0),
	End: () => activate(rows.length - 1),
	ArrowRight: moveIn,
	ArrowLeft: moveOut,
	Enter: () => {
		const to = firstReference();
		if (to) location.hash = hashOf(to);
		else toggle(active);
	},
	" ": () => toggle(active),
};
const pageKeys = {
	"/": () => $("search").focus(),
	"?": () => $("keys").showModal(),
	c: () => setOnlyChanges(!onlyChanges),
	e: () => openAll(true),
	w: () => openAll(false),
	t: () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"),
	n: () => nextChange(1),
	p: () => nextChange(-1),
};

document.addEventListener("keydown", event => {
	if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open || event.target === $("search")) return;
	const key = event.key, inTree = event.target === tree && treeKeys[key], number = Number(key);
	if (inTree) inTree();
	else if (pageKeys[key]) pageKeys[key]();
	else if (number >= 1 && number < layers.length) switchLayer(number, !on[number]);
	else return;
	event.preventDefault();
});

/* ---------------------------------------------------------------- overlays */

function switchLayer(number, wanted) {
	on[number] = wanted;
	rebuild();
}

function rebuild() {
	const { node, prop } = rows[active];
	model = on.every(is => is) ? whole : new Model(on);
	index = null;
	flagged = new Map();
	for (const finding of findings()) {
		const key = flagOf(finding.node, finding.prop);
		flagged.set(key, [...flagged.get(key) || [], finding]);
	}
	listRows();
	let at = rows.findIndex(row => row.node.path === node.path && row.prop === prop);
	for (let above = node; at < 0; above = above.up) at = rows.findIndex(row => row.node.path === above.path && row.prop === undefined);
	const kept = chosen;
	activate(at, { quiet: true });
	chosen = kept;
	drawAround();
}

function drawAround() {
	drawHead();
	drawLayers();
	drawFindings();
	drawDetails();
}

function doesText(number) {
	const { nodes, props, gone } = model.does[number];
	if (!on[number]) return "off";
	if (!model.applied[number]) return "";
	return [nodes && plural(nodes, "new node"), props && plural(props, "property", "properties"), gone && gone + " deleted"]
		.filter(text => text).join(" · ") || "changes nothing";
}

function layerElement(layer) {
	const k = layer.number, why = model.broken.get(k);
	const name = make("button", { class: "name", title: layer.name, onclick: () => choose(k) }, layer.file);
	return make("div", { class: "layer" + (on[k] ? "" : " off") + (chosen === k ? " chosen" : ""), "--hue": layer.hue, "data-layer": String(k),
		onmouseenter: () => heat(k), onmouseleave: () => heat(null) },
		k ? make("input", { type: "checkbox", checked: on[k], "aria-label": "apply " + layer.file,
			onchange: event => switchLayer(k, event.target.checked) }) : make("span", { class: "swatch" }),
		name, make("div", { class: "does" }, k ? doesText(k) : "the base · " + plural(model.does[0].nodes + 1, "node")),
		why ? make("div", { class: "why", role: "alert" }, "does not apply: " + why.join(", ")) : "");
}

function drawLayers() {
	const focus = document.activeElement, at = focus && focus.closest(".layer"), box = $("layers");
	const kept = at && [at.dataset.layer, focus.tagName];
	box.replaceChildren(...layers.map(layerElement));
	$("all-on").hidden = on.every(is => is);
	drawArcs(box);
	if (kept) {
		const again = box.querySelector('[data-layer="' + kept[0] + '"] ' + kept[1]);
		if (again) again.focus();
	}
}

/* ---- The graph: beside the list a line from each overlay to each layer that it needs.  Those that need the base
 * share the outermost lane; the others have lanes so that no two lie on each other. */

function arcsOf() {
	const arcs = [];
	for (const layer of layers)
		for (const [to, what] of whole.needs[layer.number])
			if (to !== layer.number) arcs.push({ from: layer.number, to, what });
	arcs.sort((a, b) => a.from - a.to - (b.from - b.to));
	const lanes = [];
	for (const arc of arcs.filter(a => a.to)) {
		arc.lane = lanes.findIndex(lane => lane.every(other => other.to >= arc.from || other.from <= arc.to || other.to === arc.to));
		if (arc.lane < 0) arc.lane = lanes.push([]) - 1;
		lanes[arc.lane].push(arc);
	}
	for (const arc of arcs) if (!arc.to) arc.lane = lanes.length;
	return { arcs, n: lanes.length + (arcs.some(a => !a.to) ? 1 : 0) };
}

const graph = arcsOf();

function svg(name, attributes, ...children) {
	const element = document.createElementNS(SVG, name);
	for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
	element.append(...children);
	return element;
}

function arcPath({ from, to, lane }, width, y) {
	const x = width - 12 - lane * 11, r = 6, start = y[from] - 3, end = y[to] + 4;
	return "M" + width + " " + start + " H" + (x + r) + " Q" + x + " " + start + " " + x + " " + (start - r) +
		" V" + (end + r) + " Q" + x + " " + end + " " + (x + r) + " " + end + " H" + (width - 6);
}

function drawArcs(box) {
	const width = graph.n * 11 + 14, shown = graph.arcs.length > 0;
	box.style.setProperty("--arcs", shown ? width + "px" : "0px");
	if (!shown) return;
	const y = [...box.querySelectorAll(".layer")].map(element => element.offsetTop + 17);
	const picture = svg("svg", { id: "arcs", width, height: box.clientHeight, role: "img" });
	picture.append(svg("title", {}, graph.arcs.map(({ from, to }) => layers[from].file + " needs " + layers[to].file).join(", ")));
	for (const arc of graph.arcs) {
		const broken = model.broken.has(arc.from) && !model.applied[arc.to], hue = arc.to ? layers[arc.to].hue : "var(--faint)";
		const off = !on[arc.from] || (!on[arc.to] && !broken);
		const line = svg("path", { d: arcPath(arc, width, y), "data-from": arc.from, "data-to": arc.to, class: broken ? "broken" : "",
			style: (broken ? "" : "stroke:" + hue + ";") + (off ? "opacity:.2" : "") });
		const head = svg("path", { d: "M" + (width - 7) + " " + y[arc.to] + " l7 4 l-7 4 z", class: "head",
			style: "fill:" + (broken ? "var(--bad)" : hue), "data-from": arc.from, "data-to": arc.to });
		picture.append(line, head);
	}
	box.append(picture);
}

function heat(number) {
	const picture = $("arcs");
	if (!picture) return;
	picture.classList.toggle("some", number !== null);
	for (const line of picture.querySelectorAll("path"))
		line.classList.toggle("hot", number !== null && (line.dataset.from === String(number) || line.dataset.to === String(number)));
}

/* ---------------------------------------------------------------- around the tree */

function drawHead() {
	const total = { nodes: 0, props: 0, gone: 0 }, n = layers.length - 1;
	model.does.forEach(({ nodes, props, gone }, k) => {
		if (k) { total.nodes += nodes; total.props += props; total.gone += gone; }
	});
	document.title = facts.base.name + " — ovl report";
	$("title").textContent = layers[0].file + (n ? n === 1 ? " with " + layers[1].file : " with " + n + " overlays" : "");
	$("facts-line").textContent = [plural(model.n, "node"), n && total.nodes + " added",
		n && plural(total.props, "property set", "properties set"), total.gone && total.gone + " deleted",
		model.broken.size && plural(model.broken.size, "overlay does not apply", "overlays do not apply")].filter(text => text).join(" · ");
	$("only").hidden = !n;
}

function drawFindings() {
	const list = findings();
	$("findings-title").textContent = "Findings" + (list.length ? " (" + list.length + ")" : "");
	$("findings").replaceChildren(...list.map(f => make("a", { class: "finding" + (f.breaks ? " breaks" : ""), href: hashOf(f.node),
		"--hue": layers[f.layer].hue, onclick: event => {
			event.preventDefault();
			go(f.node, f.prop || undefined);
		} }, make("b", {}, f.kind), shorten(f.text) + " ", make("code", {}, f.node + (f.prop ? ":" + f.prop : "")))),
	list.length ? "" : make("p", { class: "none" }, "ovl check has nothing to say."));
}

const section = (title, ...children) => children.length ? [make("h2", {}, title), ...children] : [];

function link(path, prop) {
	return make("a", { href: hashOf(path), onclick: event => {
		event.preventDefault();
		history.pushState(null, "", hashOf(path));
		go(path, prop);
	} }, path + (prop === undefined ? "" : ":" + prop));
}

function showVersions(versions) {
	return versions.map(({ layer, fragment, value }) => make("div", { class: "step", "--hue": layers[layer].hue }, chip(layer),
		make("small", {}, fragment ? "/" + fragment : "", value === null ? " deletes it" : value === "" ? " without a value" : ""),
		value ? make("pre", {}, ...showValue(value)) : ""));
}

function foundHere(path, prop) {
	return (flagged.get(flagOf(path, prop)) || []).map(f => make("div", { class: "finding" + (f.breaks ? " breaks" : ""),
		"--hue": layers[f.layer].hue }, make("b", {}, f.kind), shorten(f.text)));
}

function rowDetails() {
	const { node, prop, versions, gone } = rows[active], users = [...model.users.get(node.path) || []];
	const labels = model.names.get(node.path) || [];
	if (prop !== undefined)
		return [make("h3", {}, prop), make("p", { class: "path" }, link(node.path)),
			...section("Found", ...foundHere(node.path, prop)), ...section("Who set it", ...showVersions(versions))];
	return [make("h3", {}, node.name || "/"), make("p", { class: "path" }, node.up ? node.path : "the root"),
		...section("Labels", ...labels.length ? [make("div", {}, labels.map(label => "&" + label).join(" "))] : []),
		...section("Found", ...foundHere(node.path)),
		...section(gone ? "Deleted by" : "Made by", make("div", { class: "step", "--hue": layers[gone || node.layer].hue },
			chip(gone || node.layer), make("small", {}, node.fragment && !gone ? "/" + node.fragment : ""))),
		...section("Used by", ...users.length ? [make("ul", {}, ...users.map(user => make("li", {}, link(...user.split("\0")))))] : [])];
}

/* Of an overlay: what it needs and brings, and what would not apply without it. */
function layerDetails(number) {
	const layer = layers[number], without = new Model(on.map((is, k) => is && k !== number));
	const needs = [...whole.needs[number]].map(([to, what]) => make("div", { class: "step", "--hue": layers[to].hue }, chip(to),
		make("small", {}, what.join(" "))));
	const stops = [...without.broken].filter(([k]) => !model.broken.has(k)).map(([k, why]) =>
		make("div", { class: "step", "--hue": layers[k].hue }, chip(k), make("small", {}, why.join(", "))));
	if (!number) return [make("h3", {}, layer.file), make("p", { class: "path" }, layer.name), make("p", {}, "The base.")];
	return [make("h3", {}, layer.file), make("p", { class: "path" }, layer.name),
		...section("Changes below", make("ul", {}, ...layer.fragments.map(f => make("li", {}, model.find(f.target) ? link(f.target) : f.target)))),
		...section("Needs", ...needs),
		...section("Brings", ...layer.brings.length ? [make("ul", {}, ...layer.brings.map(([label, path]) =>
			make("li", {}, "&" + label + " ", model.find(path) ? link(path) : path)))] : []),
		...on[number] ? section("Without it does not apply", ...stops.length ? stops : [make("p", { class: "none" }, "Nothing else needs it.")]) : []];
}

function drawDetails() {
	$("details").replaceChildren(...chosen === null ? rowDetails() : layerDetails(chosen));
	$("details").scrollTop = 0;
}

function choose(number) {
	chosen = number;
	drawLayers();
	drawDetails();
}

/* ---------------------------------------------------------------- search */

const MOST_HITS = 200;
let index = null; /* { node, prop, text, path } of every row there can be */
let hits = [], hit = 0;

function buildIndex() {
	index = [];
	const walk = node => {
		const labels = (model.names.get(node.path) || []).join(" ");
		index.push({ node, text: (labels + " " + node.name).toLowerCase(), path: node.path.toLowerCase() });
		for (const [prop, versions] of node.props) {
			const value = versions.at(-1).value;
			index.push({ node, prop, text: (prop + (value ? " = " + plain(value) : "")).toLowerCase(), path: node.path.toLowerCase() });
		}
		node.kids.forEach(walk);
	};
	walk(model.root);
}

/* Every word is in the path or the text, and one at least in the text; nodes first. */
function search(query) {
	const words = query.toLowerCase().split(/\s+/).filter(word => word);
	if (!index) buildIndex();
	if (!words.length) return [];
	const found = index.filter(({ text, path }) => words.some(word => text.includes(word)) &&
		words.every(word => text.includes(word) || path.includes(word)));
	return [...found.filter(f => f.prop === undefined), ...found.filter(f => f.prop !== undefined)];
}

/* A text with the words in it marked. */
function marked(text, query) {
	const words = query.split(/\s+/).filter(word => word).map(word => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
	const parts = words.length ? text.split(new RegExp("(" + words.join("|") + ")", "i")) : [text];
	return parts.map((part, i) => i % 2 ? make("mark", {}, part) : part);
}

/* What is shown of a value: from a little before the first word on. */
function near(text, query) {
	const at = Math.min(...query.toLowerCase().split(/\s+/).filter(w => w).map(word => {
		const i = text.toLowerCase().indexOf(word);
		return i < 0 ? Infinity : i;
	}));
	return at > 60 && at < Infinity ? "…" + text.slice(at - 30, at + 120) : text.slice(0, 160);
}

function hitElement({ node, prop }, i, query) {
	const value = prop !== undefined && node.value(prop);
	const text = prop === undefined ? [...(model.names.get(node.path) || []).map(label => "&" + label), node.name || "/"].join(" ")
		: prop + (value ? " = " + plain(value) : "");
	return make("div", { class: "hit", id: "hit" + i, role: "option", "aria-selected": String(i === hit),
		onmousedown: event => {
			event.preventDefault();
			take(i);
		} }, make("div", {}, ...marked(near(text, query), query)), make("div", { class: "where" }, ...marked(node.path, query)));
}

function drawHits() {
	const query = $("search").value, shown = hits.slice(0, MOST_HITS), box = $("hits");
	box.hidden = !query.trim();
	$("search").setAttribute("aria-expanded", String(!box.hidden));
	box.replaceChildren(make("div", { class: "count" }, hits.length ? plural(hits.length, "place") +
		(hits.length > MOST_HITS ? ", of which " + MOST_HITS + " are shown" : "") : "Nothing is called so."),
		...shown.map((h, i) => hitElement(h, i, query)));
	$("search").setAttribute("aria-activedescendant", shown.length ? "hit" + hit : "");
	const selected = $("hit" + hit);
	if (selected) selected.scrollIntoView({ block: "nearest" });
}

function take(i) {
	const found = hits[i];
	if (!found) return;
	$("hits").hidden = true;
	reveal(found.node, found.prop);
	tree.focus({ preventScroll: true });
}

const searchKeys = {
	ArrowDown: () => { hit = Math.min(hit + 1, Math.min(hits.length, MOST_HITS) - 1); drawHits(); },
	ArrowUp: () => { hit = Math.max(hit - 1, 0); drawHits(); },
	Enter: () => take(hit),
	Escape: () => { $("search").value = ""; hits = []; drawHits(); tree.focus(); },
};

$("search").addEventListener("input", () => {
	hits = search($("search").value);
	hit = 0;
	drawHits();
});
$("search").addEventListener("keydown", event => {
	if (!searchKeys[event.key]) return;
	event.preventDefault();
	searchKeys[event.key]();
});
$("search").addEventListener("blur", () => { $("hits").hidden = true; });
$("search").addEventListener("focus", () => { if (hits.length) drawHits(); });

/* ---------------------------------------------------------------- the start */

function setTheme(theme) {
	document.documentElement.dataset.theme = theme;
}

function followHash() {
	try {
		go(decodeURIComponent(location.hash.slice(1)) || "/");
	} catch {
		/* no address of ours */
	}
}

const dark = matchMedia("(prefers-color-scheme: dark)");
setTheme(dark.matches ? "dark" : "light");
dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));
tree.addEventListener("scroll", () => requestAnimationFrame(draw));
addEventListener("resize", draw);
addEventListener("hashchange", followHash);
$("only").addEventListener("click", () => setOnlyChanges(!onlyChanges));
$("expand").addEventListener("click", () => openAll(true));
$("collapse").addEventListener("click", () => openAll(false));
$("theme").addEventListener("click", pageKeys.t);
$("help").addEventListener("click", pageKeys["?"]);
$("all-on").addEventListener("click", () => {
	on.fill(true);
	rebuild();
});

/* What was changed is open from the start, unless that is more than anybody looks at. */
const MOST_OPEN = 60;
for (const [node, prop] of changes().slice(0, MOST_OPEN))
	for (let above = prop === undefined ? node.up : node; above; above = above.up) if (above.name !== "__symbols__") open.add(keyOf(above));
listRows();
rebuild();
if (location.hash) followHash();
else tree.focus({ preventScroll: true });
