// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* overlays.js - the list of overlays to switch on and off, and the graph of who needs whom beside it. */

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
