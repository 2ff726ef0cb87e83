/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* param_set.c - one value into one place of an overlay: text to the bytes of its kind, see override.h.
 * Words, escapes and the special properties (status, name, bootargs, reg) are those of dtmerge, as observed;
 * a number that its place cannot hold is refused, where dtmerge cuts it off. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "params.h"
#include "text.h"

#define MAX_BYTES 32 /* of a byte string */

struct setting {
	struct draft *draft;
	const char *param;
	const struct override *target;
	struct override_value value;
};

static struct diag_place place_of(const struct draft *d)
{
	return (struct diag_place){ .file = d->blob->name };
}

static enum status no_value(const struct setting *s, const char *what)
{
	struct diag_place at = place_of(s->draft);
	struct text value = { 0 };

	if (s->value.is_cell)
		text_add(&value, "<0x%" PRIx32 ">", s->value.cell);
	else
		text_put(&value, s->value.text, s->value.len);
	diag_error(s->draft->diags, &at, MSG_PARAM_VALUE, s->param, (int)value.len, text_of(&value), what);
	text_free(&value);
	return CONFLICT;
}

/* ---------------------------------------------------------------- numbers */

static const struct {
	const char *word;
	uint64_t number;
} words[] = {
	{ "y", 1 }, { "yes", 1 }, { "true", 1 }, { "on", 1 }, { "down", 1 }, { "up", 2 },
	{ "n", 0 }, { "no", 0 }, { "false", 0 }, { "off", 0 }, { "", 0 },
};

struct number {
	uint64_t magnitude;
	bool negative;
};

static bool is_word(const struct override_value *v, const char *word)
{
	return v->len == strlen(word) && memcmp(v->text, word, v->len) == 0;
}

static bool digits_to_number(const char *text, struct number *n)
{
	char *end;

	n->negative = *text == '-';
	text += *text == '-' || *text == '+';
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n->magnitude = strtoull(text, &end, 0);
	return !*end && !errno;
}

static bool to_number(const struct override_value *v, struct number *n)
{
	char text[32];

	*n = (struct number){ .magnitude = v->cell };
	if (v->is_cell)
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_word(v, words[i].word)) {
			n->magnitude = words[i].number;
			return true;
		}
	if (v->len >= sizeof(text))
		return false;
	memcpy(text, v->text, v->len);
	text[v->len] = '\0';
	return digits_to_number(text, n);
}

static bool fits(const struct number *n, uint32_t size)
{
	unsigned int bits = size * 8;
	uint64_t most = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;

	return n->magnitude <= (n->negative ? (uint64_t)1 << (bits - 1) : most);
}

/* ---------------------------------------------------------------- nodes */

static bool is_node_name(const char *name)
{
	size_t len = strlen(name);

	return len && len <= OVL_MAX_NAME &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,._+-@") == len;
}

static enum status rename_to(const struct setting *s, const char *name)
{
	struct node *node = s->target->node;
	struct diag_place at = place_of(s->draft);
	struct name *new = name_of(s->draft->pool, name, strlen(name));
	const char *why = !node->parent			    ? "it is the root"
			  : !is_node_name(name)		    ? "that is no name of a node"
			  : node->name == new		    ? NULL
			  : node_child(node->parent, new)   ? "there is one of that name beside it"
							    : NULL;

	if (why) {
		diag_error(s->draft->diags, &at, MSG_PARAM_NAME, s->param,
			   node_path(&s->draft->tree, node, NULL), name, why);
		return CONFLICT;
	}
	node_rename(&s->draft->tree, node, new);
	return DONE;
}

/* A new address is in the node's name, too. */
static enum status readdress(const struct setting *s, uint64_t number)
{
	const struct node *node = s->target->node;
	struct text name = { 0 };
	enum status status;

	if (node_base_len(node) == node->name->len)
		return DONE;
	text_add(&name, "%.*s@%" PRIx64, (int)node_base_len(node), node->name->text, number);
	status = rename_to(s, text_of(&name));
	text_free(&name);
	return status;
}

/* ---------------------------------------------------------------- kinds */

static const char *prop_name(const struct setting *s)
{
	return pool_text(s->draft->pool, s->target->name, s->target->name_len);
}

static bool is_prop(const struct setting *s, const char *name)
{
	return strlen(name) == s->target->name_len && memcmp(s->target->name, name, s->target->name_len) == 0;
}

static enum status set_number(const struct setting *s)
{
	const struct override *o = s->target;
	struct prop *p = prop_find(&s->draft->tree, o->node, prop_name(s));
	bool is_reg = is_prop(s, "reg");
	unsigned char bytes[8];
	uint64_t address = 0;
	struct number n;

	if (!to_number(&s->value, &n))
		return no_value(s, "is no number");
	if (!fits(&n, o->size))
		return no_value(s, o->size == 1	  ? "does not fit in one byte"
				   : o->size == 2 ? "does not fit in two bytes"
				   : o->size == 4 ? "does not fit in four bytes"
						  : "does not fit in eight bytes");
	if (is_reg && (!p || p->value.len < o->offset + o->size))
		return no_value(s, "has no place: 'reg' is neither made nor made longer");
	if (!p)
		p = draft_clear(s->draft, o->node, prop_name(s));
	if (s->value.ref && o->size == 4) {
		draft_put_ref(s->draft, p, o->offset, s->value.ref->to);
		return DONE;
	}
	if (s->value.ref)
		return no_value(s, "is a reference, which needs a cell of four bytes");
	if (n.negative)
		n.magnitude = -n.magnitude;
	for (uint32_t i = 0; i < o->size; i++) {
		bytes[i] = (unsigned char)(n.magnitude >> 8 * (o->size - 1 - i));
		address = address << 8 | bytes[i];
	}
	draft_put(s->draft, p, o->offset, bytes, o->size);
	return is_reg && o->offset == 0 ? readdress(s, address) : DONE;
}

static enum status set_bool(const struct setting *s)
{
	struct node *node = s->target->node;
	struct prop *p = prop_find(&s->draft->tree, node, prop_name(s));
	struct number n;

	if (!to_number(&s->value, &n))
		return no_value(s, "is neither yes nor no");
	if ((n.magnitude != 0) == (s->target->kind == OVERRIDE_BOOL))
		draft_clear(s->draft, node, prop_name(s));
	else if (p)
		prop_delete(p);
	return DONE;
}

static int hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | 0x20) : NULL;

	return at ? (int)(at - digits) : -1;
}

static enum status set_bytes(const struct setting *s)
{
	const char *at = s->value.text, *end;
	unsigned char bytes[MAX_BYTES];
	uint32_t n = 0;

	if (s->value.is_cell)
		return no_value(s, "is a cell, and bytes are wanted");
	end = at + s->value.len;
	while (at < end) {
		int high, low;

		if (strchr(": \t", *at)) {
			at++;
			continue;
		}
		high = hex(at[0]);
		low = end - at < 2 ? -1 : hex(at[1]);
		if (high < 0 || low < 0)
			return no_value(s, "is no row of hexadecimal bytes");
		if (n == MAX_BYTES)
			return no_value(s, "is longer than 32 bytes");
		bytes[n++] = (unsigned char)(high << 4 | low);
		at += 2;
	}
	draft_put(s->draft, draft_clear(s->draft, s->target->node, prop_name(s)), 0, bytes, n);
	return DONE;
}

/* ---------------------------------------------------------------- text */

/* Takes one character off the text, an escape for one included; false when it is no known one. */
static bool take_char(const char **at, const char *end, char *c)
{
	static const char escapes[] = "abfnrtv\\'\"", meant[] = "\a\b\f\n\r\t\v\\'\"";
	const char *known;
	unsigned int code = 0, n = 0;

	*c = *(*at)++;
	if (*c != '\\')
		return true;
	if (*at == end)
		return false;
	known = strchr(escapes, **at);
	if (known) {
		*c = meant[known - escapes];
		++*at;
		return true;
	}
	if (**at == 'x') {
		for (++*at; *at < end && n < 2 && hex(**at) >= 0; n++)
			code = code << 4 | (unsigned int)hex(*(*at)++);
	} else {
		for (; *at < end && n < 3 && **at >= '0' && **at <= '7'; n++)
			code = code << 3 | (unsigned int)(*(*at)++ - '0');
	}
	*c = (char)code;
	return n && code && code <= 0xff;
}

static bool to_text(const struct override_value *v, struct text *text)
{
	const char *at = v->text, *end = at + v->len;
	char c;

	while (at < end) {
		if (!take_char(&at, end, &c))
			return false;
		text_put(text, &c, 1);
	}
	return true;
}

static const char *as_status(const struct override_value *v)
{
	static const char *const on[] = { "y", "yes", "on", "true", "enable", "1" };
	static const char *const off[] = { "n", "no", "off", "false", "0" };

	for (size_t i = 0; i < sizeof(on) / sizeof(on[0]); i++)
		if (is_word(v, on[i]))
			return "okay";
	for (size_t i = 0; i < sizeof(off) / sizeof(off[0]); i++)
		if (is_word(v, off[i]))
			return "disabled";
	return NULL;
}

/* What stays of the kernel's command line comes first. */
static void add_bootargs(const struct setting *s, struct text *text)
{
	const struct prop *old = prop_find(&s->draft->tree, s->target->node, "bootargs");

	if (old && prop_is_text(old) && old->value.len > 1)
		text_add(text, "%s ", (const char *)old->value.bytes);
}

static enum status set_text(const struct setting *s)
{
	const char *status = is_prop(s, "status") && !s->value.is_cell ? as_status(&s->value) : NULL;
	struct text text = { 0 };
	enum status result = DONE;

	if (is_prop(s, "bootargs"))
		add_bootargs(s, &text);
	if (s->value.is_cell)
		text_add(&text, "%d", (int)s->value.cell);
	else if (status)
		text_add(&text, "%s", status);
	else if (!to_text(&s->value, &text))
		result = no_value(s, "has an escape in it that is none");
	if (!result && is_prop(s, "name"))
		result = rename_to(s, text_of(&text));
	else if (!result)
		draft_put(s->draft, draft_clear(s->draft, s->target->node, prop_name(s)), 0, text_of(&text),
			  (uint32_t)text.len + 1);
	text_free(&text);
	return result;
}

/* ---------------------------------------------------------------- fragments */

static struct node *fragment_of_number(const struct draft *d, unsigned long number)
{
	static const char *const forms[] = { "fragment@%lu", "fragment-%lu" };
	char name[32];

	for (int i = 0; i < 2; i++) {
		struct node *node;

		snprintf(name, sizeof(name), i ? forms[1] : forms[0], number);
		node = node_by_path(&d->tree, d->tree.root, name);
		if (node)
			return node;
	}
	return NULL;
}

/* False for one that is on and off at once. */
static bool switch_fragment(struct draft *d, struct node *fragment, bool on)
{
	static const char *const names[] = { "__dormant__", "__overlay__" };
	struct node *content = node_by_path(&d->tree, fragment, names[!on]);

	if (!content)
		return true;
	if (node_by_path(&d->tree, fragment, names[on]))
		return false;
	node_rename(&d->tree, content, name_of(d->pool, names[on], strlen(names[on])));
	return true;
}

static enum status malformed(const struct setting *s, const char *why)
{
	struct diag_place at = place_of(s->draft);

	diag_error(s->draft->diags, &at, MSG_PARAM_MALFORMED, s->param, why);
	return MALFORMED;
}

/* A text that is no number means yes. */
static enum status set_fragments(const struct setting *s)
{
	struct diag_place at = place_of(s->draft);
	const char *op = s->target->name;
	struct number n;
	bool yes = !to_number(&s->value, &n) || n.magnitude;

	while (*op) {
		char what = *op++, *end;
		unsigned long number = strtoul(op, &end, 0);
		struct node *fragment;

		if (!strchr("+-=!", what) || end == op || *op < '0' || *op > '9')
			return malformed(s, "it switches fragments by something else than +N, -N, =N or !N");
		op = end;
		fragment = fragment_of_number(s->draft, number);
		if (!fragment) {
			diag_error(s->draft->diags, &at, MSG_PARAM_FRAGMENT, s->param, number);
			return UNRESOLVED;
		}
		if (!switch_fragment(s->draft, fragment, what == '+' || (what == '=' && yes) || (what == '!' && !yes)))
			return malformed(s, "it switches a fragment that has both __overlay__ and __dormant__");
	}
	return DONE;
}

/* ---------------------------------------------------------------- any target */

static void list_keys(const struct setting *s)
{
	struct override_table table = { .at = *s->target, .s = s->target->text };
	struct override_entry e;
	struct text keys = { 0 };

	while (override_entry(&table, &e))
		text_add(&keys, "%s%.*s", keys.len ? ", " : "", (int)e.key_len, e.key);
	diag_note(s->draft->diags, NULL, "it may be: %s", text_of(&keys));
	text_free(&keys);
}

enum status param_set(struct draft *d, const char *param, const struct override *o, const char *user)
{
	struct setting s = { .draft = d, .param = param, .target = o };
	struct diag_place at = place_of(d);

	if (!override_value(o, user, &s.value)) {
		diag_error(d->diags, &at, MSG_PARAM_NO_ENTRY, param, user);
		list_keys(&s);
		return CONFLICT;
	}
	if (o->kind == OVERRIDE_FRAGMENTS)
		return set_fragments(&s);
	if (!o->node) {
		diag_error(d->diags, &at, MSG_PARAM_NODE, param, o->label ? "&" : "",
			   o->label ? o->label : "a phandle that nothing has");
		return UNRESOLVED;
	}
	switch (o->kind) {
	case OVERRIDE_NUMBER: return set_number(&s);
	case OVERRIDE_BYTES: return set_bytes(&s);
	case OVERRIDE_TEXT: return set_text(&s);
	default: return set_bool(&s);
	}
}
