// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* rows.js - the open part of the tree as a list of rows, of which only those in sight are made into
 * elements, so that a large tree costs nothing; and moving about in it. */

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
