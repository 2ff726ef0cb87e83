# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
# Builds ovlc, ovl and libovl into build/.  `make help` lists the targets.

CC       ?= cc
AR       ?= ar
FLEX     ?= flex
BISON    ?= bison
CFLAGS   ?= -O2 -g
WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes
STD      = -std=c11
PREFIX   ?= /usr/local
DESTDIR  ?=

# SAN=1 builds and tests everything under AddressSanitizer and UndefinedBehaviorSanitizer,
# in a build folder of its own.
ifeq ($(SAN),1)
B        = build/san
SANFLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
else
B        = build
endif

VERSION  = 0.1.0
ALLFLAGS = $(STD) $(WARN) $(CFLAGS) $(SANFLAGS)
HOSTED   = -D_GNU_SOURCE -DOVL_VERSION='"$(VERSION)"' -Iinclude -Ihost

LIBOVL   = $(sort $(wildcard libovl/*.c))
HOST     = $(sort $(wildcard host/*.c))
COMPILER = $(sort $(wildcard compiler/*.c))
RESOLVER = $(sort $(wildcard resolver/*.c))

LIBOVL_O   = $(LIBOVL:%.c=$(B)/%.o)
HOST_O     = $(HOST:%.c=$(B)/%.o)
COMPILER_O = $(COMPILER:%.c=$(B)/%.o) $(B)/compiler/parser.o $(B)/compiler/scanner.o
RESOLVER_O = $(RESOLVER:%.c=$(B)/%.o)

.DELETE_ON_ERROR:

all: $(B)/ovlc $(B)/ovl $(B)/libovl.a  ## build the two commands and the library

$(B)/ovlc: $(COMPILER_O) $(HOST_O)
	$(CC) $(ALLFLAGS) $(LDFLAGS) -o $@ $^

$(B)/ovl: $(RESOLVER_O) $(HOST_O) $(B)/libovl.a
	$(CC) $(ALLFLAGS) $(LDFLAGS) -o $@ $^

$(B)/libovl.a: $(LIBOVL_O)
	rm -f $@
	$(AR) rcs $@ $^

# The library sees its own headers only, and no libc.
$(B)/libovl/%.o: libovl/%.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -ffreestanding -fvisibility=hidden -Iinclude -MMD -MP -c -o $@ $<

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(HOSTED) -I$(<D) -I$(B)/$(<D) -MMD -MP -c -o $@ $<

# Generated code is compiled without the conversion warnings that its skeletons raise.
$(B)/compiler/parser.o $(B)/compiler/scanner.o: $(B)/compiler/%.o: $(B)/compiler/%.c
	$(CC) $(ALLFLAGS) -Wno-conversion -Wno-sign-conversion -Wno-unused-function $(HOSTED) \
		-Icompiler -I$(B)/compiler -MMD -MP -c -o $@ $<

$(B)/compiler/parser.c $(B)/compiler/parser.h &: compiler/parser.y
	@mkdir -p $(@D)
	$(BISON) -Wall -Werror -o $(B)/compiler/parser.c --defines=$(B)/compiler/parser.h $<

$(B)/compiler/scanner.c: compiler/scanner.l
	@mkdir -p $(@D)
	$(FLEX) -o $@ $<

# Whatever includes the generated header waits for it.
$(COMPILER_O): | $(B)/compiler/parser.h

-include $(shell find $(B) -name '*.d' 2>/dev/null)

# ---------------------------------------------------------------- the rest

install: all  ## install under DESTDIR and PREFIX
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib $(DESTDIR)$(PREFIX)/include
	install -m 755 $(B)/ovlc $(B)/ovl $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(B)/libovl.a $(DESTDIR)$(PREFIX)/lib
	install -m 644 include/ovl.h $(DESTDIR)$(PREFIX)/include

clean:  ## remove everything that was built
	rm -rf build

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' Makefile | expand -t 20

.PHONY: all install clean help
