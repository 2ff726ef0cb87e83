/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* registry.c - the messages of messages.h as a table, and what they mean.
 * The Makefile lists the names of the messages in messages.inc, each of which stands for an id and a
 * format, and makes diagnostics.inc of man/diagnostics.txt. */
#include "forms.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct text {
	int id;
	const char *text;
};

static const struct text formats[] = {
#include "messages.inc"
};

static const struct text explanations[] = {
#include "diagnostics.inc"
};

static const char *find(const struct text *texts, size_t n, int id)
{
	for (size_t i = 0; i < n; i++)
		if (texts[i].id == id)
			return texts[i].text;
	return "";
}

const char *registry_title(int id)
{
	static char title[1024];
	const char *format = find(formats, sizeof(formats) / sizeof(formats[0]), id);
	char *at = title;

	while (*format && at + strlen("...") < title + sizeof(title)) {
		if (*format != '%') {
			*at++ = *format++;
			continue;
		}
		format += strcspn(format, "csudxX") + 1;
		at = stpcpy(at, "...");
	}
	*at = 0;
	return title;
}

const char *registry_explanation(int id)
{
	return find(explanations, sizeof(explanations) / sizeof(explanations[0]), id);
}

bool diag_explain(const char *word)
{
	static const char prefix[] = "OVL-";
	size_t len = strlen(prefix);
	const char *title;
	char *end;
	int id;

	if (strncasecmp(word, prefix, len) != 0)
		return false;
	id = (int)strtol(word + len, &end, 10);
	if (*end || !*registry_explanation(id))
		return false;
	title = registry_title(id);
	printf("OVL-%04d: %s\n\n%s", id, *title ? title : "no longer in use",
	       registry_explanation(id));
	return true;
}
