/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* extract_map.c - the lines that say what a guest has, read and looked up, see extract_map.h.
 * A line with a mistake is reported, and reading goes on with the next. */
#include "extract_map.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "rule_words.h"

/* ---------------------------------------------------------------- reading */

static bool read_number(struct words *w, uint64_t most, const char *wanted, uint64_t *number)
{
	if (!words_number(w, most, number))
		return words_wrong(w, wanted);
	words_next(w);
	return true;
}

static bool read_same(struct words *w, bool *same)
{
	if (!words_is(w, "same"))
		return false;
	*same = true;
	words_next(w);
	return true;
}

static struct map_line line_of(const struct words *w, bool shared)
{
	return (struct map_line){ .file = w->file, .line = w->line, .shared = shared };
}

static bool read_reg(struct map *map, struct words *w, bool shared)
{
	struct map_reg reg = { .at = line_of(w, shared) };
	uint64_t len;

	if (read_same(w, &map->same_regs))
		return true;
	if (!read_number(w, UINT64_MAX, "an address of the host, or 'same',", &reg.host))
		return false;
	if (!words_number(w, UINT64_MAX - reg.host, &len) || !len)
		return words_wrong(w, "a size from 1 on, which ends within 64 bits,");
	words_next(w);
	if (!read_number(w, UINT64_MAX - len, "an address of the guest", &reg.guest))
		return false;
	reg.last = reg.host + (len - 1);
	map->regs = pool_grow(map->pool, map->regs, &map->regs_room, map->n_regs + 1, sizeof(reg));
	map->regs[map->n_regs++] = reg;
	return true;
}

/* It may stand in the brackets of a list of cells. */
static bool is_cell(struct words *w, uint64_t *number)
{
	size_t len = w->word ? strlen(w->word) : 0;

	if (len > 1 && w->word[0] == '<')
		w->word++;
	if (len > 1 && isdigit((unsigned char)w->word[0]) && w->word[strlen(w->word) - 1] == '>')
		w->word[strlen(w->word) - 1] = '\0';
	return words_number(w, UINT32_MAX, number);
}

static bool read_cells(struct words *w, struct map_cells *cells)
{
	uint64_t number;

	while (cells->n < MAX_SPECIFIER && is_cell(w, &number)) {
		cells->cell[cells->n++] = (uint32_t)number;
		words_next(w);
	}
	if (!cells->n)
		return words_wrong(w, "a cell of an interrupt");
	return true;
}

static bool read_arrow(struct words *w)
{
	if (!words_is(w, "->"))
		return words_wrong(w, "'->'");
	words_next(w);
	return true;
}

static bool read_irq(struct map *map, struct words *w, bool shared)
{
	struct map_irq irq = { .at = line_of(w, shared) };

	if (read_same(w, &map->same_irqs))
		return true;
	if (!read_cells(w, &irq.host) || !read_arrow(w) || !read_cells(w, &irq.guest))
		return false;
	map->irqs = pool_grow(map->pool, map->irqs, &map->irqs_room, map->n_irqs + 1, sizeof(irq));
	map->irqs[map->n_irqs++] = irq;
	return true;
}

static bool read_bound(struct words *w, struct policy *policy)
{
	uint64_t number = 0;

	policy->kind = POLICY_BIND;
	if (w->word && w->word[0] == '&' && prop_can_be_called(w->word + 1, strlen(w->word + 1)))
		policy->label = w->word + 1;
	else if (!words_number(w, UINT32_MAX - 1, &number) || !number)
		return words_wrong(w, "a &label or a phandle");
	policy->phandle = (uint32_t)number;
	words_next(w);
	return true;
}

static bool read_bind(struct map *map, struct words *w, bool shared)
{
	struct map_bind bind = { .at = line_of(w, shared), .path = w->word };

	if (!w->word)
		return words_wrong(w, "a node of the host");
	words_next(w);
	if (!read_arrow(w) || !read_bound(w, &bind.policy))
		return false;
	map->binds = pool_grow(map->pool, map->binds, &map->binds_room, map->n_binds + 1, sizeof(bind));
	map->binds[map->n_binds++] = bind;
	return true;
}

static bool read_stub(struct words *w, struct policy *policy)
{
	uint64_t rate = 0;

	policy->kind = POLICY_STUB;
	if (w->word && !read_number(w, UINT32_MAX, "a rate in Hz", &rate))
		return false;
	policy->rate = (uint32_t)rate;
	return true;
}

static bool read_action(struct words *w, struct policy *policy)
{
	static const char *const names[] = { "refuse", "copy", "stub", "bind", "drop" };
	unsigned int kind = 0;

	while (kind < 5 && !words_is(w, names[kind]))
		kind++;
	if (kind == 5)
		return words_wrong(w, "copy, stub, bind, drop or refuse");
	words_next(w);
	policy->kind = (enum policy_kind)kind;
	if (kind == POLICY_STUB)
		return read_stub(w, policy);
	return kind != POLICY_BIND || read_bound(w, policy);
}

static bool read_policy(struct map *map, struct words *w, bool shared)
{
	struct map_policy policy = { .at = line_of(w, shared), .pattern = w->word };

	if (!w->word)
		return words_wrong(w, "a pattern for compatible, or for a path");
	words_next(w);
	if (!read_action(w, &policy.policy))
		return false;
	map->policies = pool_grow(map->pool, map->policies, &map->policies_room, map->n_policies + 1,
				  sizeof(policy));
	map->policies[map->n_policies++] = policy;
	return true;
}

static bool read_line(struct map *map, struct words *w, bool shared)
{
	static const struct {
		const char *name;
		bool (*read)(struct map *map, struct words *words, bool shared);
	} kinds[] = { { "reg", read_reg }, { "irq", read_irq }, { "bind", read_bind }, { "policy", read_policy } };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (words_is(w, kinds[i].name)) {
			words_next(w);
			if (!kinds[i].read(map, w, shared))
				return false;
			if (w->word)
				return words_wrong(w, "the end of the line");
			return true;
		}
	return words_wrong(w, "reg, irq, bind or policy");
}

enum status map_read(struct map *map, struct diags *diags, const char *name, bool shared)
{
	struct file_bytes *file = &map->files[shared];
	enum status status = bytes_read(diags, name, file);
	struct words words;

	if (status)
		return status;
	words_start(&words, diags, name, file);
	while (words_line(&words))
		if (!read_line(map, &words, shared))
			status = USAGE;
	return words.failed ? USAGE : status;
}

void map_free(struct map *map)
{
	file_free(&map->files[0]);
	file_free(&map->files[1]);
}

/* ---------------------------------------------------------------- order */

static uint64_t guest_last(const struct map_reg *reg)
{
	return reg->guest + (reg->last - reg->host);
}

static int by_host_address(const void *a, const void *b)
{
	const struct map_reg *x = a, *y = b;

	return (x->host > y->host) - (x->host < y->host);
}

static int by_guest_address(const void *a, const void *b)
{
	const struct map_reg *x = a, *y = b;

	return (x->guest > y->guest) - (x->guest < y->guest);
}

static int compare_cells(const struct map_cells *x, const struct map_cells *y)
{
	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	for (uint32_t i = 0; i < x->n; i++)
		if (x->cell[i] != y->cell[i])
			return x->cell[i] < y->cell[i] ? -1 : 1;
	return 0;
}

static int by_host_interrupt(const void *a, const void *b)
{
	return compare_cells(&((const struct map_irq *)a)->host, &((const struct map_irq *)b)->host);
}

static int by_guest_interrupt(const void *a, const void *b)
{
	return compare_cells(&((const struct map_irq *)a)->guest, &((const struct map_irq *)b)->guest);
}

static struct diag_place place_of(const struct map_line *line)
{
	return (struct diag_place){ .file = line->file, .line = line->line, .col = 1, .end_line = line->line,
				    .end_col = 1 };
}

static enum status twice(struct diags *diags, const struct map_line *x, const struct map_line *y, const char *what)
{
	bool swap = x->shared != y->shared ? x->shared : x->line > y->line;
	const struct map_line *later = swap ? x : y, *earlier = swap ? y : x;
	struct diag_place at = place_of(later), other = place_of(earlier);

	diag_error(diags, &at, MSG_MAP_TWICE, earlier->line, what);
	if (later->shared != earlier->shared)
		diag_note(diags, &other, "this is the other one");
	return USAGE;
}

static void sort(void *list, size_t n, size_t size, int (*compare)(const void *a, const void *b))
{
	if (n)
		qsort(list, n, size, compare);
}

static enum status check_regs(struct map *map, struct diags *diags)
{
	struct map_reg *regs = map->regs;
	enum status status = DONE;

	sort(regs, map->n_regs, sizeof(*regs), by_guest_address);
	for (size_t i = 1; i < map->n_regs; i++)
		if (guest_last(&regs[i - 1]) >= regs[i].guest)
			status = twice(diags, &regs[i - 1].at, &regs[i].at, "addresses of the guest");
	sort(regs, map->n_regs, sizeof(*regs), by_host_address);
	for (size_t i = 1; i < map->n_regs; i++)
		if (regs[i - 1].last >= regs[i].host)
			status = twice(diags, &regs[i - 1].at, &regs[i].at, "addresses of the host");
	return status;
}

static enum status check_irqs(struct map *map, struct diags *diags)
{
	struct map_irq *irqs = map->irqs;
	enum status status = DONE;

	sort(irqs, map->n_irqs, sizeof(*irqs), by_guest_interrupt);
	for (size_t i = 1; i < map->n_irqs; i++)
		if (!by_guest_interrupt(&irqs[i - 1], &irqs[i]))
			status = twice(diags, &irqs[i - 1].at, &irqs[i].at, "interrupt of the guest");
	sort(irqs, map->n_irqs, sizeof(*irqs), by_host_interrupt);
	for (size_t i = 1; i < map->n_irqs; i++)
		if (!by_host_interrupt(&irqs[i - 1], &irqs[i]))
			status = twice(diags, &irqs[i - 1].at, &irqs[i].at, "interrupt of the host");
	return status;
}

enum status map_check(struct map *map, struct diags *diags)
{
	enum status status = check_regs(map, diags);
	enum status irqs = check_irqs(map, diags);

	return status ? status : irqs;
}

/* ---------------------------------------------------------------- looking up */

/* needs: sorted by address of the host, nothing twice. */
bool map_region(struct map *map, uint64_t host, uint64_t len, uint64_t *guest)
{
	uint64_t last = host + (len ? len - 1 : 0);
	size_t low = 0, high = map->n_regs;

	if (last < host)
		return false;
	while (low < high) { /* the first line that ends at host or behind it */
		size_t middle = low + (high - low) / 2;

		if (map->regs[middle].last < host)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < map->n_regs && map->regs[low].host <= host && last <= map->regs[low].last) {
		map->regs[low].at.used = true;
		*guest = map->regs[low].guest + (host - map->regs[low].host);
		return true;
	}
	*guest = host;
	return map->same_regs && (low == map->n_regs || last < map->regs[low].host);
}

bool map_interrupt(struct map *map, struct cell_run host, struct map_cells *guest, bool *same)
{
	struct map_irq wanted = { .host.n = host.n }, *found;

	if (host.n > MAX_SPECIFIER)
		return false;
	for (uint32_t i = 0; i < host.n; i++)
		wanted.host.cell[i] = run_cell(host, i);
	found = map->n_irqs ? bsearch(&wanted, map->irqs, map->n_irqs, sizeof(wanted), by_host_interrupt) : NULL;
	*guest = found ? found->guest : wanted.host;
	*same = !found;
	if (found)
		found->at.used = true;
	return found || map->same_irqs;
}

/* One of the texts of compatible; a node without one is called by the empty text. */
static bool is_compatible(const struct ovl_tree *tree, ovl_node node, const char *pattern)
{
	struct ovl_prop p;

	if (!ovl_prop_find(tree, node, ovl_str("compatible"), &p) || !p.len)
		return words_match(pattern, "", 0);
	return words_match_any(pattern, p.value, p.len);
}

const struct policy *map_policy(struct map *map, const struct ovl_tree *tree, ovl_node node)
{
	const struct policy *found = NULL;
	struct text path = { 0 };

	text_path(&path, tree, node);
	for (size_t i = 0; i < map->n_policies && !found; i++) {
		struct map_policy *p = &map->policies[i];

		if (p->pattern[0] == '/' ? words_match(p->pattern, text_of(&path), path.len)
					 : is_compatible(tree, node, p->pattern)) {
			p->at.used = true;
			found = &p->policy;
		}
	}
	text_free(&path);
	return found;
}

/* ---------------------------------------------------------------- unused */

static void tell(struct diags *diags, const struct map_line *line)
{
	struct diag_place at = place_of(line);

	if (!line->used && !line->shared)
		diag_warning(diags, &at, MSG_MAP_UNUSED);
}

static int by_line(const void *a, const void *b)
{
	const struct map_line *x = a, *y = b;

	return (x->line > y->line) - (x->line < y->line);
}

void map_tell_unused(const struct map *map, struct diags *diags)
{
	size_t n = 0, all = map->n_regs + map->n_irqs + map->n_binds + map->n_policies;
	struct map_line *lines = pool_alloc(map->pool, (all + 1) * sizeof(*lines));

	for (size_t i = 0; i < map->n_regs; i++)
		lines[n++] = map->regs[i].at;
	for (size_t i = 0; i < map->n_irqs; i++)
		lines[n++] = map->irqs[i].at;
	for (size_t i = 0; i < map->n_binds; i++)
		lines[n++] = map->binds[i].at;
	for (size_t i = 0; i < map->n_policies; i++)
		lines[n++] = map->policies[i].at;
	sort(lines, n, sizeof(*lines), by_line);
	for (size_t i = 0; i < n; i++)
		tell(diags, &lines[i]);
}
