/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later */
/* holes.h - values that are made when an overlay is given its parameters, in the cells that the base has:
 *
 *     __holes__ {
 *             mmconfig;                       a parameter that has to be given
 *             domain = <0>;                   one with a default
 *
 *             values {
 *                     a = <&pci>, "reg", "address(mmconfig) size(0x100000)";
 *                     b = <&pci>, "interrupt-map",
 *                         "repeat 4 { 0 0 0 (i + 1) &gic zeros(&gic) 0 (irq_base + i) 4 }";
 *             };
 *     };
 *
 * A value is a reference to a node of the overlay, a property, and items: a number, a parameter or an expression
 * in parentheses (a cell each); address(), size() (as many cells as the node's bus has), u64() (two); &label, or
 * &<compatible> for the only node of the base that is compatible with it; zeros() of one (as many as an interrupt
 * parent's unit addresses have); 'text'; repeat N { } with i counting from 0. */
#ifndef OVL_RESOLVER_HOLES_H
#define OVL_RESOLVER_HOLES_H

#include "draft.h"

/* /__holes__, whose properties are parameters; NULL when there is none. */
struct node *holes_node(const struct draft *draft);

/* Whether the overlay has a parameter of that name there; give it its value. */
bool holes_has(const struct draft *draft, const char *name);
enum status holes_give(struct draft *draft, const char *name, const char *text);

/* The labels of the base that a value speaks of, in order, whatever else is in it. */
struct hole_labels {
	const char *at, *end;
};

void hole_labels_open(struct hole_labels *labels, const void *value, uint32_t len);
bool hole_labels_next(struct hole_labels *labels, struct ovl_str *label);

/* Make every value, and drop the declarations.  base: NULL when there is none, which is an error when a value
 * depends on it. */
enum status holes_encode(struct draft *draft, const struct stack *base);

#endif
