// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* model.js - the tree that the overlays which are switched on make of the base, by the rules of
 * ovl_apply(): one overlay after the other, whole or not at all; what each needs, and what then leads nowhere. */

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
