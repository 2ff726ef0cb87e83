/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* registry.c - the messages of messages.h as a table.  The Makefile lists their names in messages.inc,
 * each of which stands for an id and a format. */
#include "forms.h"

static const struct {
	int id;
	const char *format;
} messages[] = {
#include "messages.inc"
};

const char *registry_format(int id)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].id == id)
			return messages[i].format;
	return NULL;
}
