/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* extract_map.h - what the guest has for what the host has: the file of ovl extract --map, a line each, and that
 * of --policy, which is the same and counts after it.
 *
 *     reg HOSTBASE SIZE GUESTBASE            addresses as the CPUs see them
 *     irq HOSTSPEC... -> GUESTSPEC...        cells, as the controllers have them
 *     reg same, irq same                     what no other line names is the same in the guest
 *     bind HOSTPATH -> &LABEL|NUMBER         the guest has this node already, of this label or phandle
 *     policy PATTERN copy|stub [RATE]|bind &LABEL|bind NUMBER|drop|refuse
 *                                            the first whose pattern fits a compatible, or the path when it
 *                                            begins with /, says what becomes of references to a node */
#ifndef OVL_RESOLVER_EXTRACT_MAP_H
#define OVL_RESOLVER_EXTRACT_MAP_H

#include "decode.h"
#include "load.h"
#include "pool.h"

/* What becomes of references to a node that is not extracted. */
struct policy {
	enum policy_kind { POLICY_REFUSE, POLICY_COPY, POLICY_STUB, POLICY_BIND, POLICY_DROP } kind;
	uint32_t rate;	   /* of a stub; 0: not given */
	const char *label; /* bind to it, or, when NULL, to the phandle */
	uint32_t phandle;
};

enum { MAX_SPECIFIER = 8 };

struct map_cells {
	uint32_t n, cell[MAX_SPECIFIER];
};

/* Where a line stands, and whether it was of use. */
struct map_line {
	const char *file;
	uint32_t line;
	bool shared, used; /* shared: of --policy, from which nobody needs all */
};

struct map_bind {
	struct map_line at;
	const char *path;
	struct policy policy;
};

struct map {
	struct pool *pool;
	struct file_bytes files[2];
	struct map_reg {
		struct map_line at;
		uint64_t host, last, guest; /* last: of the host's addresses */
	} *regs;
	struct map_irq {
		struct map_line at;
		struct map_cells host, guest;
	} *irqs;
	struct map_bind *binds;
	struct map_policy {
		struct map_line at;
		const char *pattern;
		struct policy policy;
	} *policies;
	size_t n_regs, n_irqs, n_binds, n_policies;
	size_t regs_room, irqs_room, binds_room, policies_room;
	bool same_regs, same_irqs;
};

/* Add the lines of a file, of up to two.  Every mistake was reported. */
enum status map_read(struct map *map, struct diags *diags, const char *file, bool shared);
/* needs: all files read. */
enum status map_check(struct map *map, struct diags *diags);
void map_free(struct map *map);

/* Where the guest has len bytes (0: one address) of the host; false when no one line says it. */
bool map_region(struct map *map, uint64_t host, uint64_t len, uint64_t *guest);
/* *same: no line is about it, but all others are the same. */
bool map_interrupt(struct map *map, struct cell_run host, struct map_cells *guest, bool *same);
/* NULL when no pattern fits. */
const struct policy *map_policy(struct map *map, const struct ovl_tree *tree, ovl_node node);

/* Warn about lines that were of no use. */
void map_tell_unused(const struct map *map, struct diags *diags);

#endif
