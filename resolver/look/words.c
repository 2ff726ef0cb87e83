/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* words.c - texts and names as `ovl explain` prints them, plain or in JSON, see explain.h. */
#include "explain.h"

void say_text(struct explain *e, struct ovl_str text)
{
	if (e->json)
		print_quoted(e->out, text, AS_JSON);
	else
		print_escaped(e->out, text, AS_PLAIN);
}

void say_comma(struct explain *e, bool *first)
{
	text_add(e->out, *first ? "" : ", ");
	*first = false;
}

const char *layer_name(const struct fit *fit, uint32_t layer)
{
	return layer ? fit->overlays[layer - 1].name : fit->base->name;
}

void say_who(struct explain *e, uint32_t layer, struct ovl_str fragment)
{
	const char *name = layer_name(&e->fit, layer);

	if (!e->json) {
		say_text(e, ovl_str(name));
		text_add(e->out, fragment.len ? " /" : "");
		text_str(e->out, fragment);
		return;
	}
	text_add(e->out, "{\"blob\": ");
	say_text(e, ovl_str(name));
	if (fragment.len) {
		text_add(e->out, ", \"fragment\": ");
		say_text(e, fragment);
	}
	text_add(e->out, "}");
}
