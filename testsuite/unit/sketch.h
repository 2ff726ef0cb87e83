/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* sketch.h - blobs from short texts, and back: what a test says in one line.
 * A text is the root's content: `name{...}` a node, `name;` an empty property, `name=VALUE;` with a value of
 * cells `<1 0x2>`, text `"..."`, bytes `[00 ff]`, or several, one behind the other, `~` a NOP tag.  Nothing is
 * checked, so that a text can say what no compiler would make.  libfdt, not libovl, reads a blob back. */
#ifndef SKETCH_H
#define SKETCH_H

#include <libfdt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKETCH_ROOM = 1 << 18, SKETCH_STRINGS = 1 << 15 };

struct sketch {
	unsigned char bytes[SKETCH_ROOM];
	char strings[SKETCH_STRINGS];
	size_t len, n_strings;
};

static inline void sketch_cell(struct sketch *s, uint32_t v)
{
	const unsigned char cell[] = { (unsigned char)(v >> 24), (unsigned char)(v >> 16), (unsigned char)(v >> 8),
				       (unsigned char)v };

	memcpy(s->bytes + s->len, cell, 4);
	s->len += 4;
}

static inline void sketch_pad(struct sketch *s)
{
	while (s->len % 4)
		s->bytes[s->len++] = 0;
}

static inline uint32_t sketch_name(struct sketch *s, const char *name, size_t len)
{
	size_t at;

	for (at = 0; at < s->n_strings; at += strlen(s->strings + at) + 1)
		if (strlen(s->strings + at) == len && memcmp(s->strings + at, name, len) == 0)
			return (uint32_t)at;
	memcpy(s->strings + at, name, len);
	s->strings[at + len] = 0;
	s->n_strings += len + 1;
	return (uint32_t)at;
}

/* One value: what follows it. */
static inline const char *sketch_value(struct sketch *s, const char *at)
{
	char *end;

	if (*at == '"') {
		for (at++; *at != '"'; at++)
			s->bytes[s->len++] = (unsigned char)*at;
		s->bytes[s->len++] = 0;
		return at + 1;
	}
	for (end = (char *)(uintptr_t)(at + 1); *end != '>' && *end != ']'; end += *end == ' ') {
		unsigned long v = strtoul(end, &end, *at == '<' ? 0 : 16);

		if (*at == '<')
			sketch_cell(s, (uint32_t)v);
		else
			s->bytes[s->len++] = (unsigned char)v;
	}
	return end + 1;
}

static inline const char *sketch_prop(struct sketch *s, const char *name, const char *at)
{
	size_t tag = s->len, end;

	sketch_cell(s, 3);
	s->len += 4;
	sketch_cell(s, sketch_name(s, name, (size_t)(at - name)));
	while (*at != ';')
		at = *at == '=' || *at == ',' ? at + 1 : sketch_value(s, at);
	end = s->len;
	s->len = tag + 4;
	sketch_cell(s, (uint32_t)(end - tag - 12));
	s->len = end;
	sketch_pad(s);
	return at + 1;
}

static inline void sketch_begin(struct sketch *s, const char *name, size_t len)
{
	sketch_cell(s, 1);
	memcpy(s->bytes + s->len, name, len);
	s->len += len;
	s->bytes[s->len++] = 0;
	sketch_pad(s);
}

/* The blob of a text: s->bytes, s->len of them. */
static inline void sketch(struct sketch *s, const char *text)
{
	static const uint32_t header[] = { 0xd00dfeed, 0, 56, 0, 40, 17, 16, 0, 0, 0, 0, 0, 0, 0 };
	const char *name = text;
	size_t i, structure;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < sizeof(header) / 4; i++)
		sketch_cell(s, header[i]);
	sketch_begin(s, "", 0);
	while (*text)
		if (*text == '{') {
			sketch_begin(s, name, (size_t)(text - name));
			name = ++text;
		} else if (*text == '}') {
			sketch_cell(s, 2);
			name = ++text;
		} else if (*text == '=' || *text == ';') {
			text = name = sketch_prop(s, name, text);
		} else if (*text == '~') {
			sketch_cell(s, 4);
			name = ++text;
		} else if (*text == ' ') {
			name = ++text;
		} else {
			text++;
		}
	sketch_cell(s, 2);
	sketch_cell(s, 9);
	structure = s->len - 56;
	memcpy(s->bytes + s->len, s->strings, s->n_strings);
	i = s->len + s->n_strings;
	s->len = 4;
	sketch_cell(s, (uint32_t)i);
	s->len = 12;
	sketch_cell(s, (uint32_t)(i - s->n_strings));
	s->len = 32;
	sketch_cell(s, (uint32_t)s->n_strings);
	sketch_cell(s, (uint32_t)structure);
	s->len = i;
}

static inline size_t sketch_say_value(char *out, size_t room, const unsigned char *value, int len)
{
	size_t n = 0;
	int i, text = len > 1 && value[len - 1] == 0 && value[0];

	for (i = 0; i < len - 1; i++)
		text &= value[i] >= 0x20 && value[i] < 0x7f;
	if (text)
		return (size_t)snprintf(out, room, "\"%s\"", (const char *)value);
	n += (size_t)snprintf(out, room, len % 4 ? "[" : "<");
	for (i = 0; i < len; i += len % 4 ? 1 : 4)
		n += (size_t)snprintf(out + n, room - n, len % 4 ? "%s%02x" : "%s%u", i ? " " : "",
				      len % 4 ? value[i] : fdt32_ld((const fdt32_t *)(const void *)(value + i)));
	return n + (size_t)snprintf(out + n, room - n, len % 4 ? "]" : ">");
}

/* The text of a sound blob. */
static inline const char *sketch_text(const void *blob, char *out, size_t room)
{
	int off = 0, next, len, depth = 0;
	const char *name;
	const void *value;
	size_t n = 0;
	uint32_t tag;

	out[0] = 0;
	for (; (tag = fdt_next_tag(blob, off, &next)) != FDT_END; off = next) {
		if (tag == FDT_BEGIN_NODE && depth++)
			n += (size_t)snprintf(out + n, room - n, "%s{", fdt_get_name(blob, off, NULL));
		if (tag == FDT_END_NODE && --depth)
			n += (size_t)snprintf(out + n, room - n, "}");
		if (tag != FDT_PROP)
			continue;
		value = fdt_getprop_by_offset(blob, off, &name, &len);
		n += (size_t)snprintf(out + n, room - n, "%s%s", name, len ? "=" : "");
		if (len)
			n += sketch_say_value(out + n, room - n, value, len);
		n += (size_t)snprintf(out + n, room - n, ";");
	}
	return out;
}

#endif
