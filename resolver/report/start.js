// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
/* start.js - the theme, links, buttons, and what is open at the start. */

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
