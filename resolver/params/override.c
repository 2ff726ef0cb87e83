/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* override.c - /__overrides__ read by its grammar, see override.h.
 * Everything in it came from a file: a text must end within the property, and what does not fit the grammar
 * makes the whole parameter useless. */
#include "override.h"

#include <stdlib.h>
#include <string.h>

/* No property of a device tree is as long; what an offset asks for is allocated. */
#define MAX_OFFSET 0xffffu

struct node *override_node(const struct draft *draft)
{
	return node_by_path(&draft->tree, draft->tree.root, "/__overrides__");
}

struct prop *override_find(const struct draft *draft, const char *name)
{
	const struct node *all = override_node(draft);

	return all ? prop_find(&draft->tree, all, name) : NULL;
}

/* ---------------------------------------------------------------- reading */

static bool wrong(struct override *o, const char *what)
{
	o->wrong = what;
	return false;
}

static bool take_cell(struct override *o, uint32_t *at)
{
	if (o->param->value.len - o->next < 4)
		return false;
	*at = o->next;
	o->next += 4;
	return true;
}

static const char *take_text(struct override *o)
{
	const char *text = (const char *)o->param->value.bytes + o->next;
	size_t room = o->param->value.len - o->next, len = strnlen(text, room);

	if (len == room)
		return NULL;
	o->next += (uint32_t)len + 1;
	return text;
}

/* ---------------------------------------------------------------- tables */

/* What stands behind "key=". */
static bool take_value(struct override *o, const char **s, struct override_entry *e)
{
	const char *end;

	e->value = *s;
	if (!**s) {
		e->is_cell = true;
		*s = NULL;
		if (take_cell(o, &e->cell))
			*s = take_text(o);
		return *s || wrong(o, "its table ends in the middle");
	}
	if (**s == '\'') {
		e->value = *s + 1;
		end = strchr(e->value, '\'');
		if (!end)
			return wrong(o, "a value in its table has no second quote");
		*s = end + 1;
	} else {
		end = *s += strcspn(*s, ",}");
	}
	e->value_len = (uint32_t)(end - e->value);
	return true;
}

bool override_entry(struct override_table *t, struct override_entry *e)
{
	if (*t->s == '}' && !t->comma)
		return t->s[1] && wrong(&t->at, "something follows the '}' of its table");
	*e = (struct override_entry){ .key = t->s, .key_len = (uint32_t)strcspn(t->s, ",=}") };
	t->s += e->key_len;
	e->value = e->key;
	e->value_len = e->key_len;
	e->is_default = !e->key_len;
	e->pass = !e->key_len && *t->s != '=';
	if (*t->s == '=') {
		t->s++;
		if (!take_value(&t->at, &t->s, e))
			return false;
	}
	/* Behind a comma there is one more entry, even an empty one.  What follows a cell is in a text of
	 * its own and needs none. */
	t->comma = *t->s == ',';
	if (t->comma)
		t->s++;
	else if (*t->s != '}' && !e->is_cell)
		return wrong(&t->at, *t->s ? "something follows a value in its table" : "its table has no '}'");
	return true;
}

static struct override_table table_of(const struct override *o)
{
	return (struct override_table){ .at = *o, .s = o->text };
}

/* The cells and texts of a table are no target: what is next comes behind them. */
static void pass_table(struct override *o)
{
	struct override_table table = table_of(o);
	struct override_entry e;

	while (override_entry(&table, &e))
		;
	o->next = table.at.next;
	o->wrong = table.at.wrong;
}

/* ---------------------------------------------------------------- targets */

static const char *const letters = ".;:#?![";

static bool read_offset(struct override *o, const char **s)
{
	unsigned long offset;
	char *end;

	if (**s < '0' || **s > '9')
		return wrong(o, "its offset is no number");
	offset = strtoul(*s, &end, 10);
	if (offset > MAX_OFFSET)
		return wrong(o, "its offset is beyond any property");
	o->offset = (uint32_t)offset;
	*s = end;
	return true;
}

static bool read_kind(struct override *o, const char **s)
{
	static const uint32_t sizes[] = { 1, 2, 4, 8 };
	const char *letter = **s ? strchr(letters, **s) : NULL;

	o->kind = OVERRIDE_TEXT;
	if (!letter)
		return true;
	++*s;
	if (letter - letters < 4) {
		o->kind = OVERRIDE_NUMBER;
		o->size = sizes[letter - letters];
		return read_offset(o, s);
	}
	o->kind = *letter == '?' ? OVERRIDE_BOOL : *letter == '!' ? OVERRIDE_NOT : OVERRIDE_BYTES;
	return true;
}

/* What stands behind a '=' with nothing after it. */
static bool read_extra(struct override *o)
{
	o->from = FROM_TEXT;
	o->text = "";
	if (o->kind == OVERRIDE_TEXT && o->next < o->param->value.len) {
		o->text = take_text(o);
		return o->text || wrong(o, "its value has no end");
	}
	if (o->kind != OVERRIDE_TEXT && o->kind != OVERRIDE_BYTES) {
		o->from = FROM_CELL;
		return take_cell(o, &o->cell) || wrong(o, "its value is missing");
	}
	return true;
}

static bool read_source(struct override *o, const char *s)
{
	struct override table;

	if (!*s) {
		o->from = FROM_USER;
		return true;
	}
	if (*s == '=' && !s[1])
		return read_extra(o);
	if (*s == '=') {
		o->from = FROM_TEXT;
		o->text = s + 1;
		return true;
	}
	if (*s != '{')
		return wrong(o, "something follows what it sets");
	o->from = FROM_TABLE;
	o->text = s + 1;
	table = *o;
	pass_table(&table);
	o->wrong = table.wrong;
	return !o->wrong;
}

static bool read_target(struct override *o)
{
	const struct marker *ref;
	uint32_t at, phandle;
	const char *s;

	if (!take_cell(o, &at) || !(s = take_text(o)))
		return wrong(o, "it ends in the middle of a target");
	ref = draft_ref(o->param, at);
	phandle = cell_get(o->param->value.bytes + at);
	o->name = s;
	if (!ref && !phandle) {
		o->kind = OVERRIDE_FRAGMENTS;
		o->name_len = (uint32_t)strlen(s);
		o->from = FROM_USER;
		return true;
	}
	o->label = ref ? ref->to->ref : NULL;
	o->node = ref ? ref->to->target : node_by_phandle(&o->draft->tree, phandle);
	o->name_len = (uint32_t)strcspn(s, ".;:#?![{=");
	if (!prop_can_be_called(s, o->name_len))
		return wrong(o, "it names no property");
	s += o->name_len;
	return read_kind(o, &s) && read_source(o, s);
}

bool override_next(struct override *o)
{
	struct override next = { .draft = o->draft, .param = o->param };

	if (o->from == FROM_TABLE)
		pass_table(o);
	next.next = o->next;
	*o = next;
	return o->next < o->param->value.len && read_target(o);
}

bool override_first(const struct draft *draft, const struct prop *param, struct override *o)
{
	*o = (struct override){ .draft = draft, .param = param };
	return param->value.len && read_target(o);
}

/* ---------------------------------------------------------------- values */

static void cell_value(const struct override *o, uint32_t at, struct override_value *v)
{
	*v = (struct override_value){ .is_cell = true,
				      .cell = cell_get(o->param->value.bytes + at),
				      .ref = draft_ref(o->param, at) };
}

/* The first entry that is the user's text, else the first default. */
static bool find_entry(const struct override *o, const char *user, struct override_entry *found)
{
	struct override_table table = table_of(o);
	size_t len = strlen(user);
	struct override_entry e;
	bool have = false;

	while (override_entry(&table, &e)) {
		if (!e.is_default && e.key_len == len && memcmp(user, e.key, len) == 0) {
			*found = e;
			return true;
		}
		if (e.is_default && !have) {
			*found = e;
			have = true;
		}
	}
	return have;
}

bool override_value(const struct override *o, const char *user, struct override_value *v)
{
	struct override_entry e;

	*v = (struct override_value){ .text = user, .len = (uint32_t)strlen(user) };
	if (o->from == FROM_TEXT)
		*v = (struct override_value){ .text = o->text, .len = (uint32_t)strlen(o->text) };
	else if (o->from == FROM_CELL)
		cell_value(o, o->cell, v);
	if (o->from != FROM_TABLE)
		return true;
	if (!find_entry(o, user, &e))
		return false;
	if (e.is_cell)
		cell_value(o, e.cell, v);
	else if (!e.pass)
		*v = (struct override_value){ .text = e.value, .len = e.value_len };
	return true;
}
