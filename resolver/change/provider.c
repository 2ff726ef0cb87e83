/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* provider.c - references of a node to what it needs, see provider.h. */
#include "provider.h"

#include <string.h>

bool provider_is_listed(const struct ovl_ref *r)
{
	static const char *const others[] = { "interrupt-parent", "interrupts-extended" };

	if (r->kind != OVL_REF_KNOWN && r->kind != OVL_REF_LOCAL)
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(r->prop.name, others[i]) == 0)
			return false;
	return true;
}

bool provider_is_needed(const struct ovl_ref *r)
{
	const char *name = r->prop.name;
	size_t len = r->prop.name_len;

	if (strcmp(name, "cooling-device") == 0 || strcmp(name, "assigned-clock-parents") == 0)
		return false;
	return r->cells || strcmp(name, "memory-region") == 0 || strncmp(name, "pinctrl-", 8) == 0 ||
	       (len > 7 && strcmp(name + len - 7, "-supply") == 0);
}

void provider_problem(const struct ovl_ref *r, struct text *to)
{
	text_ref(to, r);
	switch (r->fault) {
	case OVL_REF_SOUND:
		text_cut(to, 0);
		break;
	case OVL_REF_DANGLING:
		text_add(to, "no node has phandle 0x%x", r->phandle);
		break;
	case OVL_REF_NO_CELLS:
		text_add(to, " has no %s", r->cells);
		break;
	case OVL_REF_MASK:
		text_add(to, "an entry of its map begins with %u cell%s, and it has %u bytes", r->n_args,
			 r->n_args == 1 ? "" : "s", r->prop.len);
		break;
	case OVL_REF_SHORT:
		text_add(to, "%s %u cell%s%s%s%s, and fewer are there",
			 r->to ? " wants" : "an entry has", r->n_args, r->n_args == 1 ? "" : "s",
			 r->cells ? " (" : "", r->cells ? r->cells : "", r->cells ? ")" : "");
		break;
	case OVL_REF_LENGTH:
		text_add(to, "its length, %u, is not that of cells", r->prop.len);
		break;
	}
}
