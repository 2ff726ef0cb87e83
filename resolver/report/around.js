// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* around.js - what stands around the tree: the head, the findings, the details of a row or an overlay. */

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
