/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* extract_stubs.c - fixed clocks and supplies in the place of a host's that the guest does not have, see extract.h.
 * Rules: the bindings fixed-clock and fixed-regulator of dt-schema. */
#include <inttypes.h>
#include <string.h>

#include "extract.h"

static struct node *new_stub(struct extract *x, const char *name, const char *compatible)
{
	struct node *stub = node_new(&x->tree, extract_free_name(x, name, ""), (struct pos){ 0 });

	node_append(&x->tree, x->home, stub);
	prop_add_text(&x->tree, stub, "compatible", compatible);
	return stub;
}

static void finish_stub(struct extract *x, struct node *stub)
{
	node_take_phandle(&x->tree, stub, 0);
	extract_add_cell(x, stub, "phandle", stub->phandle);
}

/* One for each rate. */
static struct node *clock_stub(struct extract *x, uint32_t rate)
{
	struct text name = { 0 };
	struct name *known;
	struct node *stub;

	text_add(&name, "clock-%" PRIu32, rate);
	known = name_of(&x->pool, text_of(&name), name.len);
	stub = node_child(x->home, known);
	if (!stub || !stub->made) {
		stub = new_stub(x, text_of(&name), "fixed-clock");
		stub->made = true;
		extract_add_cell(x, stub, "#clock-cells", 0);
		extract_add_cell(x, stub, "clock-frequency", rate);
		finish_stub(x, stub);
	}
	text_free(&name);
	return stub;
}

/* One for each supply of the host, with its name and voltage. */
static struct node *supply_stub(struct extract *x, ovl_node node)
{
	static const char *const voltages[] = { "regulator-min-microvolt", "regulator-max-microvolt" };
	struct part *part = &x->parts[node];
	const char *name = text_in(&x->host.tree, node, "regulator-name");
	uint32_t number;

	if (part->stub)
		return part->stub;
	part->stub = new_stub(x, "regulator", "regulator-fixed");
	if (name)
		prop_add_text(&x->tree, part->stub, "regulator-name", name);
	for (size_t i = 0; i < 2; i++)
		if (cell_in(&x->host.tree, node, voltages[i], &number))
			extract_add_cell(x, part->stub, voltages[i], number);
	finish_stub(x, part->stub);
	return part->stub;
}

struct node *extract_stub(struct extract *x, const struct ovl_ref *r, const struct policy *policy)
{
	struct diag_place at = extract_place(x);
	const char *why = "a stub is made for a clock or a supply only";
	size_t len = r->prop.name_len;
	uint32_t rate = policy->rate;

	if (len > 7 && strcmp(r->prop.name + len - 7, "-supply") == 0)
		return supply_stub(x, r->to);
	if (r->cells && strcmp(r->cells, "#clock-cells") == 0) {
		if (rate || cell_in(&x->host.tree, r->to, "clock-frequency", &rate))
			return clock_stub(x, rate);
		why = "a stub for a clock that does not tell its rate needs one: \"stub RATE\"";
	}
	diag_error(x->diags, &at, MSG_GUEST_NO_STUB, extract_path(x, r->node), r->prop.name, why);
	extract_fail(x, CONFLICT);
	return NULL;
}
