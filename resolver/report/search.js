// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* search.js - find nodes, labels, properties and values. */

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
