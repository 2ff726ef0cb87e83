// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* facts.js - the facts that the page is given (report.h), and how it makes elements.
 * The files of the page's script are put together in the order in which page.html names them.  Names and values come
 * from blobs of anybody: they become text nodes, never markup. */

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
