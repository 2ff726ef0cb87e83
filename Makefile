# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
# Builds ovlc, ovl and libovl into build/.  `make help` lists the targets.

CC       ?= cc
AR       ?= ar
FLEX     ?= flex
BISON    ?= bison
CFLAGS   ?= -O2 -g
WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes
STD      = -std=c11

# Where make install puts things, all below DESTDIR.
DESTDIR    ?=
PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
LIBDIR     ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man

# SAN=1 builds and tests everything under AddressSanitizer and UndefinedBehaviorSanitizer,
# in a build folder of its own.
ifeq ($(SAN),1)
B        = build/san
SANFLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
# COVERAGE=1, which make coverage sets, counts how often each branch is taken.
else ifeq ($(COVERAGE),1)
B        = build/coverage
SANFLAGS = --coverage -O0 -DCOVERAGE
# MUTATION=1, which make mutation sets, puts all mutants into libovl (testsuite/mutation).
else ifeq ($(MUTATION),1)
B        = build/mutation
MUTANTS  = testsuite/mutation
MUTANT_O = $(B)/$(MUTANTS)/mutant.o
else
B        = build
endif

# A build of a kernel starts ovlc some thousand times, for a millisecond each: what a loader takes counts.  So
# the commands bring the libraries that they use, where there are archives of them; STATIC=0: they never do.
STATIC  ?= 1
ARCHIVES := $(filter /%,$(foreach lib,c yaml z,$(shell $(CC) -print-file-name=lib$(lib).a)))
ifeq ($(STATIC)$(SAN)$(words $(ARCHIVES)),13)
LINK     := $(if $(shell echo __PIE__ | $(CC) -E -P - | grep -v P),-static-pie,-static)
endif

# The only place that says it.
VERSION  = 0.1.0
ALLFLAGS = $(STD) $(WARN) $(CFLAGS) $(SANFLAGS)
# Files of more than 2 GiB on a machine of 32 bits.
WIDE     = -D_FILE_OFFSET_BITS=64
HOSTED   = -D_GNU_SOURCE $(WIDE) -Iinclude -Ihost -I$(B)/host
RESOLVER_I = -Iresolver $(patsubst %/,-I%,$(sort $(dir $(wildcard resolver/*/*.h))))
COMPILER_I = -Itree -Icompiler -Icompiler/mistakes -Icompiler/read -Icompiler/write -Icompiler/checks -Icompiler/format -I$(B)/compiler/read

LIBOVL   = $(sort $(wildcard libovl/*.c))
HOST     = $(sort $(wildcard host/*.c))
TREE     = $(sort $(wildcard tree/*.c))
COMPILER = $(sort $(wildcard compiler/*.c compiler/*/*.c))
RESOLVER = $(sort $(wildcard resolver/*.c resolver/*/*.c))

LIBOVL_O   = $(LIBOVL:%.c=$(B)/%.o) $(MUTANT_O)
SHARED_O   = $(LIBOVL:%.c=$(B)/shared/%.o)
HOST_O     = $(HOST:%.c=$(B)/%.o)
TREE_O     = $(TREE:%.c=$(B)/%.o)
COMPILER_O = $(COMPILER:%.c=$(B)/%.o) $(B)/compiler/read/parser.o $(B)/compiler/read/scanner.o
RESOLVER_O = $(RESOLVER:%.c=$(B)/%.o)

.DELETE_ON_ERROR:

SHARED = $(B)/libovl.so.$(VERSION)
SONAME = libovl.so.$(firstword $(subst ., ,$(VERSION)))

all: $(B)/ovlc $(B)/ovl $(B)/libovl.a $(SHARED)  ## build the two commands and the library

$(B)/ovlc: $(COMPILER_O) $(TREE_O) $(HOST_O)
	$(CC) $(ALLFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lyaml

$(B)/ovl: $(RESOLVER_O) $(TREE_O) $(HOST_O) $(B)/libovl.a
	$(CC) $(ALLFLAGS) $(LINK) $(LDFLAGS) -o $@ $^ -lz

$(B)/libovl.a: $(LIBOVL_O)
	rm -f $@
	$(AR) rcs $@ $^

# What is shared has nothing outside it but ovl_*, each with the minor version that it is of: before 1.0
# that is what a program fits or does not.
$(SHARED): $(SHARED_O) $(B)/libovl.map
	$(CC) $(ALLFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) -Wl,--version-script=$(B)/libovl.map \
		-o $@ $(SHARED_O)

$(B)/libovl.map: Makefile $(B)/host/version.h
	@mkdir -p $(@D)
	printf 'LIBOVL_%s {\n\tglobal: ovl_*;\n\tlocal: *;\n};\n' '$(basename $(VERSION))' > $@

# The library sees its own headers only, and no libc.
FREE = -ffreestanding -fvisibility=hidden -Iinclude

ifeq ($(MUTATION),1)
$(B)/mutated/list: $(MUTANTS)/mutate.py $(LIBOVL) $(wildcard libovl/*.h) include/ovl.h
	$(MUTANTS)/mutate.py $(@D) include -- libovl/inner.h $(LIBOVL)

# What is left out may leave a variable without a value: it is zero then, every time.
$(LIBOVL:%.c=$(B)/%.o): $(B)/libovl/%.o: $(B)/mutated/list
	@mkdir -p $(@D)
	$(CC) $(STD) -w -O1 -g -ftrivial-auto-var-init=zero $(FREE) -I$(B)/mutated -I$(MUTANTS) -Ilibovl \
		-c -o $@ $(B)/mutated/$*.c
endif

$(B)/libovl/%.o: libovl/%.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(FREE) -MMD -MP -c -o $@ $<

$(B)/shared/libovl/%.o: libovl/%.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(FREE) -fPIC -MMD -MP -c -o $@ $<

$(B)/compiler/%.o: compiler/%.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(HOSTED) $(COMPILER_I) -MMD -MP -c -o $@ $<

$(B)/resolver/%.o: resolver/%.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(HOSTED) -Itree $(RESOLVER_I) -MMD -MP -c -o $@ $<

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(HOSTED) -I$(<D) -Itree -MMD -MP -c -o $@ $<

# Generated code is compiled without the conversion warnings that its skeletons raise.
$(B)/compiler/read/parser.o $(B)/compiler/read/scanner.o: $(B)/%.o: $(B)/%.c
	$(CC) $(ALLFLAGS) -Wno-conversion -Wno-sign-conversion -Wno-unused-function $(HOSTED) \
		$(COMPILER_I) -MMD -MP -c -o $@ $<

$(B)/compiler/read/parser.c $(B)/compiler/read/parser.h &: compiler/read/parser.y
	@mkdir -p $(@D)
	$(BISON) -Wall -Werror -o $(B)/compiler/read/parser.c --defines=$(B)/compiler/read/parser.h $<

$(B)/compiler/read/scanner.c: compiler/read/scanner.l
	@mkdir -p $(@D)
	$(FLEX) -o $@ $<

# Another VERSION makes it anew, and with it what is made of it.
$(B)/host/version.h: FORCE
	@mkdir -p $(@D)
	@echo '#define OVL_VERSION "$(VERSION)"' | cmp -s - $@ || echo '#define OVL_VERSION "$(VERSION)"' > $@
FORCE:

$(HOST_O) $(COMPILER_O) $(RESOLVER_O): | $(B)/host/version.h

# The names of all messages.
$(B)/host/messages.inc: host/messages.h
	@mkdir -p $(@D)
	sed -n 's/^#define \(MSG_[A-Z0-9_]*\).*/{ \1 },/p' $< > $@

# What they mean, each text as a C string.
$(B)/host/diagnostics.inc: man/diagnostics.txt
	@mkdir -p $(@D)
	awk '/^== / { if (n++) print "},"; print "{", $$2 + 0 ","; next } \
		n && NF { gsub(/\\/, "&&"); gsub(/"/, "\\\""); gsub(/`/, "'"'"'"); \
		    sub(/^--$$/, "\\nWhat helps:\\n"); print "\"" $$0 "\\n\"" } \
		END { print "}," }' $< > $@

$(B)/host/registry.o: $(B)/host/messages.inc $(B)/host/diagnostics.inc

# The page of ovl report, with the files that it names put in, as the bytes of a C array.
$(B)/resolver/report/page.inc: resolver/report/page.html $(wildcard resolver/report/*.css resolver/report/*.js)
	@mkdir -p $(@D)
	awk '/^@[a-z]+\.[a-z]+@$$/ { part = "resolver/report/" substr($$0, 2, length($$0) - 2); \
		while ((getline line < part) > 0) print line; next } { print }' $< | \
		od -An -v -tx1 | sed "s/ \(..\)/'\\\\x\1',/g" > $@

$(B)/resolver/report/report.o: $(B)/resolver/report/page.inc
$(B)/resolver/report/report.o: RESOLVER_I += -I$(B)/resolver/report

# Whatever includes the generated header waits for it.
$(COMPILER_O): | $(B)/compiler/read/parser.h

-include $(patsubst %.o,%.d,$(LIBOVL_O) $(SHARED_O) $(HOST_O) $(TREE_O) $(COMPILER_O) $(RESOLVER_O))

# ---------------------------------------------------------------- demo and tests

# Each target brings what it needs from Debian's packages (testsuite/deps), builds, and ends with one
# line that counts.  The kernel's sources are unpacked into CORPUS once.
CORPUS  ?= build/corpus
UNIT     = $(addprefix $(B)/unit/,robust changing policy set space example manual refs stacks history edges crafted exact)
AGAIN    = @$(MAKE) --no-print-directory
TOOLS    = --ovlc $(B)/ovlc --ovl $(B)/ovl

$(B)/unit/%: testsuite/unit/%.c $(wildcard testsuite/unit/*.h) $(B)/libovl.a
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -Iinclude -I$(B)/unit -o $@ $< $(B)/libovl.a -lfdt

# The C example of the README, as it stands there.
$(B)/unit/example: $(B)/unit/readme.inc
$(B)/unit/readme.inc: README.md
	@mkdir -p $(@D)
	awk '/^```c$$/ { on = 1; next } /^```$$/ { on = 0 } on' README.md > $@

# The names of the errors, each at its number.
$(addprefix $(B)/unit/,edges crafted exact): $(B)/unit/errors.inc
$(B)/unit/errors.inc: include/ovl.h
	@mkdir -p $(@D)
	sed -n 's/^\tOVL_\(ERR_\)\{0,1\}\([A-Z_]*\)\( = 0\)\{0,1\},.*/[OVL_\1\2] = "\2",/p' $< | \
		grep -e '^.OVL_ERR_' -e '^.OVL_OK' > $@

# Those of libovl(3), as they stand there, by their numbers.
$(B)/unit/manual: $(B)/unit/examples.inc
$(B)/unit/examples.inc: man/libovl.3
	@mkdir -p $(@D)
	awk '/^\.Sh/ { on = $$2 == "EXAMPLES" } on && /^\.Bd/ { print "#if EXAMPLE == " ++n; text = 1; next } \
		/^\.Ed/ && text { print "#endif"; text = 0 } text' $< > $@

# The commands with an allocator that fails when it is told to.
HARD  = $(B)/hard/ovlc $(B)/hard/ovl
WRAP  = $(if $(filter 1,$(SAN)),-Wl$(comma)--wrap=malloc$(comma)--wrap=calloc$(comma)--wrap=realloc)
comma = ,

$(B)/hard/malloc.o: testsuite/hard/malloc.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -c -o $@ $<

$(B)/hard/ovlc: $(COMPILER_O) $(TREE_O) $(HOST_O) $(B)/hard/malloc.o
	$(CC) $(ALLFLAGS) $(LDFLAGS) $(WRAP) -o $@ $^ -lyaml

$(B)/hard/ovl: $(RESOLVER_O) $(TREE_O) $(HOST_O) $(B)/libovl.a $(B)/hard/malloc.o
	$(CC) $(ALLFLAGS) $(LDFLAGS) $(WRAP) -o $@ $^ -lz

demo:  ## compile the sample overlay, apply it to the sample base, show the change
	@testsuite/deps build
	$(AGAIN) all
	@testsuite/demo $(B)

check:  ## the everyday tests
	@testsuite/deps build check
	@testsuite/corpus/fetch 6.1 $(CORPUS)
	$(AGAIN) all amalgamation $(UNIT) $(HARD)
	@testsuite/total \
		'testsuite/unit/run $(B)' \
		'testsuite/space.py --bin $(B) --spread 16 $(CORPUS)/linux-source-6.1' \
		'testsuite/run --bin $(B)' \
		'testsuite/malformed/verbs.py --bin $(B)' \
		'testsuite/malformed/values.py --bin $(B) --every 40' \
		'testsuite/check/limits.py $(TOOLS)' \
		'testsuite/apply/stacks.py $(TOOLS)' \
		'testsuite/apply/removal.py --bin $(B)' \
		'testsuite/diff/trees.py $(TOOLS) $(CORPUS)/linux-source-6.1' \
		'testsuite/filter/twice.py --bin $(B) $(CORPUS)/linux-source-6.1' \
		'testsuite/set/there_and_back.py --bin $(B) $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/kernel.py --ovlc $(B)/ovlc --spread 150 --direct $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/roundtrip.py --ovlc $(B)/ovlc --spread 100 $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/overlays.py --ovl $(B)/ovl --unittest $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/formats.py --ovlc $(B)/ovlc --spread 60 $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/refs.py --bin $(B) --spread 150 $(CORPUS)/linux-source-6.1' \
		'testsuite/extract/roundtrip.py $(TOOLS) $(CORPUS)/linux-source-6.1' \
		'B=$(B) testsuite/freestanding native' \
		'testsuite/merge/merges.py --bin $(B)' \
		'testsuite/checks/fits.py --bin $(B)' \
		'testsuite/profile/verdicts.py --bin $(B)' \
		'testsuite/params/golden.py --bin $(B)' \
		'testsuite/image/golden.py --bin $(B)' \
		'CC="$(CC)" CFLAGS="$(SANFLAGS)" testsuite/install $(B)' \
		'testsuite/manual/run.py --bin $(B)' \
		'testsuite/hard/faults.py --bin $(B) --every 25 malloc' \
		'testsuite/hard/outputs.py --bin $(B)' \
		'testsuite/examples/run.py --bin $(B)' \
		'testsuite/house $(B)'

coverage:  ## which branches the everyday tests take, file by file, and whether that is enough (4 minutes)
	@testsuite/deps build check coverage
	@test ! -d build/coverage || find build/coverage -name '*.gcda' -delete
	@testsuite/total \
		'$(MAKE) --no-print-directory COVERAGE=1 cover' \
		'testsuite/coverage.py --bin build/coverage'

# Those of the everyday tests that run what was built.
cover: $(B)/ovlc $(B)/ovl $(UNIT) $(HARD)
	@testsuite/corpus/fetch 6.1 $(CORPUS)
	@testsuite/total \
		'testsuite/unit/run $(B)' \
		'testsuite/space.py --bin $(B) --spread 4 $(CORPUS)/linux-source-6.1' \
		'testsuite/run --bin $(B)' \
		'testsuite/malformed/verbs.py --bin $(B)' \
		'testsuite/malformed/values.py --bin $(B) --every 20' \
		'testsuite/check/limits.py $(TOOLS)' \
		'testsuite/apply/stacks.py $(TOOLS)' \
		'testsuite/apply/removal.py --bin $(B)' \
		'testsuite/diff/trees.py $(TOOLS) $(CORPUS)/linux-source-6.1' \
		'testsuite/filter/twice.py --bin $(B) $(CORPUS)/linux-source-6.1' \
		'testsuite/set/there_and_back.py --bin $(B) $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/kernel.py --ovlc $(B)/ovlc --spread 50 --direct $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/roundtrip.py --ovlc $(B)/ovlc --spread 30 $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/refs.py --bin $(B) --spread 50 $(CORPUS)/linux-source-6.1' \
		'testsuite/extract/roundtrip.py $(TOOLS) --boards 5 $(CORPUS)/linux-source-6.1' \
		'testsuite/merge/merges.py --bin $(B)' \
		'testsuite/checks/fits.py --bin $(B)' \
		'testsuite/profile/verdicts.py --bin $(B)' \
		'testsuite/params/golden.py --bin $(B)' \
		'testsuite/image/golden.py --bin $(B)' \
		'testsuite/hard/faults.py --bin $(B) --every 40 malloc' \
		'testsuite/hard/faults.py --bin $(B) malloc messages/sarif-fixes language/preprocessor.case \
			messages/apply image/apply decompile/overlay output/yaml-from compile/preprocessor-says' \
		'testsuite/hard/outputs.py --bin $(B) --no-limit' \
		'testsuite/hard/extremes.py --bin $(B) --size 100000' \
		'testsuite/manual/run.py --bin $(B)'

mutation:  ## whether the tests see 300 of libovl's mutants (COUNT=N, SEED=N: others); ALL=1: all of them
	@testsuite/deps build check mutation
	@$(MAKE) --no-print-directory MUTATION=1 mutants
	@testsuite/total 'testsuite/mutation/run.py --bin build/mutation $(if $(ALL),--all,--count $(or $(COUNT),300) --seed $(or $(SEED),1))'

mutants: $(B)/ovlc $(B)/ovl $(UNIT)
# ThreadSanitizer goes with nothing else.
$(B)/hard/threads: testsuite/hard/threads.c $(LIBOVL)
	@mkdir -p $(@D)
	$(CC) $(STD) $(WARN) -O1 -g -fsanitize=thread -Iinclude -o $@ $^ -pthread

$(B)/hard/%.dtb: testsuite/samples/%.dts $(B)/ovlc
	$(B)/ovlc -q -@ -o $@ $<

$(B)/hard/%.dtbo: testsuite/samples/%.dtso $(B)/ovlc
	$(B)/ovlc -q -@ -o $@ $<

# The commands of other machines, run by QEMU or here: the cases expect the same bytes and words of them.
UNDER = testsuite/hard/under.py --without yaml --without "ovl image" --without gzip --without PATH= --without ulimit --bin $(B)/hard

check-hard:  ## what goes wrong, or is extreme, does no harm; other machines, valgrind, threads (6 minutes)
	@testsuite/deps build check hard
	$(AGAIN) all $(UNIT) $(HARD) $(B)/hard/threads $(B)/hard/board.dtb $(B)/hard/hat.dtbo
	@testsuite/total \
		'testsuite/hard/seeds.py --bin $(B)' \
		'testsuite/malformed/values.py --bin $(B) --every 6' \
		'testsuite/hard/faults.py --bin $(B) --every 4 malloc' \
		'testsuite/hard/faults.py --bin $(B) --every 30 write' \
		'testsuite/hard/faults.py --bin $(B) --every 40 kill' \
		'testsuite/hard/extremes.py --bin $(B)' \
		'$(B)/hard/threads $(B)/hard/board.dtb $(B)/hard/hat.dtbo' \
		'testsuite/hard/build $(B)/hard s390x-linux-gnu && $(UNDER)/s390x-linux-gnu --every 12 --title s390x -- qemu-s390x' \
		'testsuite/hard/build $(B)/hard arm-linux-gnueabi && $(UNDER)/arm-linux-gnueabi --every 12 --title arm -- qemu-arm' \
		'testsuite/hard/build $(B)/hard i686-linux-gnu && $(UNDER)/i686-linux-gnu --every 4 --title i386' \
		'testsuite/hard/build $(B)/hard msan && $(UNDER)/msan --title msan' \
		'testsuite/hard/build $(B)/hard shared && testsuite/hard/under.py --bin $(B)/hard/shared --every 40 \
			--without "command -v" --title valgrind -- \
			valgrind -q --error-exitcode=99 --log-file=/dev/null'

check-planted:  ## plant a mistake for each harness, and see that it says so; PLANT=NAME: one of them (half an hour)
	@testsuite/deps build check hard freestanding bench fuzz lint proof
	@testsuite/corpus/fetch 6.1 $(CORPUS)
	@testsuite/total 'testsuite/planted/run.py --corpus $(CORPUS) $(B)/planted $(PLANT)'

check-kernel:  ## every device tree source of the kernel, byte for byte as dtc
	@testsuite/deps build check
	@testsuite/corpus/fetch 6.1 $(CORPUS)
	$(AGAIN) all $(UNIT)
	@testsuite/total \
		'testsuite/corpus/kernel.py --ovlc $(B)/ovlc $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/roundtrip.py --ovlc $(B)/ovlc $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/refs.py --bin $(B) $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/formats.py --ovlc $(B)/ovlc $(CORPUS)/linux-source-6.1'

check-checks:  ## what the checks find in every source of the kernel, beside what dtc finds
	@testsuite/deps build check overlays
	@testsuite/corpus/fetch 6.1 $(CORPUS)
	@testsuite/corpus/fetch 6.12 $(CORPUS)
	@testsuite/corpus/judge $(CORPUS)/judge
	$(AGAIN) all
	@testsuite/total \
		'testsuite/corpus/checks.py --ovlc $(B)/ovlc --dtc $(CORPUS)/judge/dtc $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/checks.py --ovlc $(B)/ovlc --dtc $(CORPUS)/judge/dtc $(CORPUS)/linux-source-6.12' \
		'testsuite/corpus/checks.py --ovlc $(B)/ovlc --dtc $(CORPUS)/judge/dtc --suffix .dtso $(CORPUS)/linux-source-6.12'

check-overlays:  ## every overlay of the kernel, compiled as by dtc and applied as by fdtoverlay
	@testsuite/deps build check overlays
	@testsuite/corpus/fetch 6.1 $(CORPUS)
	@testsuite/corpus/fetch 6.12 $(CORPUS)
	$(AGAIN) all $(UNIT)
	@testsuite/total \
		'testsuite/corpus/kernel.py --ovlc $(B)/ovlc --suffix .dtso --direct $(CORPUS)/linux-source-6.12' \
		'testsuite/corpus/roundtrip.py --ovlc $(B)/ovlc --suffix .dtso $(CORPUS)/linux-source-6.12' \
		'testsuite/corpus/overlays.py --ovl $(B)/ovl $(CORPUS)/linux-source-6.1' \
		'testsuite/corpus/overlays.py --ovl $(B)/ovl $(CORPUS)/linux-source-6.12' \
		'testsuite/profile/fates.py --ovl $(B)/ovl $(CORPUS)/linux-source-6.1' \
		'testsuite/profile/fates.py --ovl $(B)/ovl $(CORPUS)/linux-source-6.12' \
		'testsuite/apply/stacks.py $(TOOLS) --first 100 --count 2000' \
		'testsuite/corpus/formats.py --ovlc $(B)/ovlc --spread 300 $(CORPUS)/linux-source-6.12' \
		'testsuite/extract/roundtrip.py $(TOOLS) --boards 300 $(CORPUS)/linux-source-6.12' \
		'testsuite/diff/trees.py $(TOOLS) --pairs 1000 --seeds 1000 $(CORPUS)/linux-source-6.12' \
		'testsuite/filter/twice.py --bin $(B) --boards 400 $(CORPUS)/linux-source-6.12' \
		'testsuite/checks/fits.py --bin $(B) --first 1000 --count 10000 --kernel $(CORPUS)/linux-source-6.12' \
		'testsuite/profile/verdicts.py --bin $(B) --first 1000 --count 10000' \
		'testsuite/merge/merges.py --bin $(B) --sets 500 --overlays 10 --kernel $(CORPUS)/linux-source-6.12' \
		'testsuite/apply/removal.py --bin $(B) --sets 200 --stacks 50 --kernel $(CORPUS)/linux-source-6.12'

check-kbuild:  ## the kernel's own build with our tools in place of its dtc and fdtoverlay
	@testsuite/deps build kbuild
	$(AGAIN) all
	@testsuite/total 'testsuite/corpus/kbuild.py $(TOOLS)'

check-kbuild-all:  ## the same for more configurations, about ten minutes
	@testsuite/deps build kbuild
	$(AGAIN) all
	@testsuite/total 'testsuite/corpus/kbuild.py --all $(TOOLS)'

check-space:  ## every size of storage and output, on the kernel's overlays and every tenth of its bases
	@testsuite/deps build check overlays
	@testsuite/corpus/fetch 6.12 $(CORPUS)
	$(AGAIN) all $(UNIT)
	@testsuite/total 'testsuite/space.py --bin $(B) $(CORPUS)/linux-source-6.12'

check-report:  ## the page of ovl report in a headless Chromium: what it shows, and what it does when it is used
	@testsuite/deps build check report
	$(AGAIN) all
	@testsuite/total 'testsuite/report/page.py --bin $(B)'

check-slof:  ## a fragment of QEMU's, moved to the tree that the firmware SLOF makes, beside what SLOF does itself
	@testsuite/deps build check slof
	$(AGAIN) all
	@testsuite/total 'testsuite/system/slof.py --bin $(B)'

check-system:  ## real consumers take what ovlc, ovl and libovl make: Linux at run time, and what QEMU starts
	@testsuite/deps build check overlays slof system
	@testsuite/system/fetch $(CORPUS)/packages linux-image-arm64 busybox-static u-boot-rpi u-boot.source \
		xen-system-arm64 linux-headers-arm64
	@testsuite/system/build-u-boot $(CORPUS)/packages
	@testsuite/corpus/fetch 6.12 $(CORPUS)
	@testsuite/system/build-linux $(CORPUS)/linux um arm64
	$(AGAIN) all
	@testsuite/total \
		'testsuite/system/bare.py --bin $(B)' \
		'testsuite/system/virt.py --bin $(B) $(CORPUS)/packages' \
		'testsuite/system/u_boot.py --bin $(B) $(CORPUS)/packages' \
		'testsuite/system/sandbox.py --bin $(B) $(CORPUS)/packages' \
		'testsuite/system/chain.py --bin $(B) $(CORPUS)/packages' \
		'testsuite/system/xen.py --bin $(B) $(CORPUS)/packages' \
		'testsuite/system/module.py --bin $(B) $(CORPUS)/packages' \
		'testsuite/system/live.py --bin $(B) $(CORPUS)/linux' \
		'testsuite/system/own_tests.py --bin $(B) $(CORPUS)/linux' \
		'testsuite/system/plug.py --bin $(B) $(CORPUS)' \
		'testsuite/system/slof.py --bin $(B)'

check-system-full:  ## the kernel's own boards and overlays, put together by a running Linux (half an hour)
	@testsuite/deps build check overlays system
	@testsuite/corpus/fetch 6.12 $(CORPUS)
	@testsuite/system/build-linux $(CORPUS)/linux um
	$(AGAIN) all
	@testsuite/total 'testsuite/system/boards.py --bin $(B) $(CORPUS)'

freestanding:  ## build libovl without a libc for five machines: what it needs, its stack, its size; run a loader
	@testsuite/deps build freestanding
	$(AGAIN) all amalgamation
	@testsuite/total 'B=$(B) testsuite/freestanding'

# PEER_DTC= another dtc than Debian's, PEER_UFDT= a shared object of libufdt.
$(B)/bench/inproc: testsuite/bench/inproc.c $(B)/libovl.a
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(HOSTED) -o $@ $< $(B)/libovl.a -lfdt

bench:  ## how fast, beside dtc, fdtoverlay and libfdt: a table, JSON and a chart in build/bench (3 minutes)
	@testsuite/deps build check bench
	@testsuite/corpus/fetch 6.1 $(CORPUS)
	$(AGAIN) all $(B)/bench/inproc
	@PEER_DTC=$(PEER_DTC) PEER_UFDT=$(PEER_UFDT) testsuite/bench/bench.py --bin $(B) $(CORPUS)/linux-source-6.1

bench-check:  ## whether anything takes more instructions than it did; ACCEPT=1 records them
	@testsuite/deps build check bench
	@testsuite/corpus/fetch 6.1 $(CORPUS)
	$(AGAIN) all $(B)/bench/inproc
	@testsuite/total 'testsuite/bench/bench.py --bin $(B) --check $(if $(ACCEPT),--accept) $(CORPUS)/linux-source-6.1'

include fuzz/fuzz.mk

# What is found lies in build/fuzz/found and build/fuzz/kept.
fuzz:  ## let AFL++ and libFuzzer try everything that reads, a minute for each target
	$(AGAIN) fuzz-long TIME=60

fuzz-long:  ## the same for TIME seconds each
	@testsuite/deps build check fuzz
	$(AGAIN) all fuzz-programs
	@fuzz/seeds.py --bin $(B) $(FUZZ)/seeds
	@testsuite/total 'fuzz/run.py --dir $(FUZZ) --time $(or $(TIME),600)'

fuzz-log:  ## note in fuzz/log.txt what make fuzz and fuzz-long ran, and sum it up
	@fuzz/log.py build

fuzz-replay:  ## every seed and every input that once broke something, under ASan and UBSan
	@testsuite/deps build check
	$(AGAIN) all fuzz-replayers
	@fuzz/seeds.py --bin $(B) $(FUZZ)/seeds
	@testsuite/total 'fuzz/run.py --dir $(FUZZ) --replay'

# Of the kernel's dtc, which is newer than Debian's.
fuzz-differ:  ## a million mutants beside libfdt, twenty thousand sources beside dtc: no difference without a reason
	@testsuite/deps build check overlays
	@testsuite/corpus/fetch 6.12 $(CORPUS)
	@testsuite/corpus/judge $(CORPUS)/judge
	$(AGAIN) all $(B)/fuzz/differ $(B)/fuzz/mutant
	@fuzz/seeds.py --bin $(B) $(FUZZ)/seeds
	@mkdir -p $(FUZZ)/found/differ
	@testsuite/total \
		'$(B)/fuzz/differ $(or $(MUTANTS),1000000) 1 $(FUZZ)/seeds/apply $(FUZZ)/found/differ' \
		'fuzz/sources.py --dir $(FUZZ) --bin $(B) --dtc $(CORPUS)/judge/dtc --count $(or $(SOURCES),20000)'

check-bare:  ## run the README's commands in a bare Debian 12 (as root)
	@testsuite/deps bare
	@testsuite/bare

figures:  ## write the table of testsuite/README.md; RUN="check check-hard": run these first (all: about an hour)
	@mkdir -p build/logs
	@for target in $(RUN); do $(MAKE) --no-print-directory $$target > build/logs/$$target || exit 1; done
	@testsuite/figures.py build

PLAIN = $(filter-out -DOVL_VERSION%,$(HOSTED)) -I$(B)/host -I$(B)/resolver/report $(1)

# Those of the tests that this machine runs, with a libc.
TESTS   = $(wildcard fuzz/*.c fuzz/targets/*.c) $(filter-out %/loader.c %/start.c %/memory.c, \
	$(wildcard testsuite/bench/*.c testsuite/hard/*.c testsuite/unit/*.c))
TESTS_I = -Iinclude -I$(B)/unit
FUZZ_I  = -Itree -Ifuzz -I$(B)/fuzz

lint:  ## what gcc -fanalyzer, clang, clang-tidy with clang's analyzer, and cppcheck find: nothing (6 minutes)
	@testsuite/deps build check lint
	$(AGAIN) all $(UNIT) $(B)/fuzz/blob.inc $(B)/fuzz/dts.inc
	@testsuite/total 'testsuite/lint "$(FREE)" "$(call PLAIN,-Itree)" "$(call PLAIN,$(COMPILER_I))" \
		"$(call PLAIN,-Itree $(RESOLVER_I))" "$(call PLAIN,$(FUZZ_I))" "$(TESTS_I)" \
		$(LIBOVL) $(HOST) $(TREE) $(COMPILER) $(RESOLVER) $(TESTS)' \
		'testsuite/planted/run.py --dry $(B)/planted'

proof:  ## what of libovl is proven: no byte outside of a blob is read, whatever is in it (Frama-C; 10 minutes)
	@testsuite/deps check proof
	@testsuite/total 'testsuite/proof/run.py $(B)/proof'

# ---------------------------------------------------------------- the rest

amalgamation: $(B)/amalgamation/libovl.c  ## the library as one file and its header, for a firmware's tree

$(B)/amalgamation/libovl.c: packaging/amalgamate $(LIBOVL) $(wildcard libovl/*.h) include/ovl.h Makefile $(B)/host/version.h
	@mkdir -p $(@D)
	packaging/amalgamate $(VERSION) $(LIBOVL) > $@
	cp include/ovl.h $(@D)

# Not INSTALL: packagers say with that which program installs a file.
PLACES  = $(foreach v,B VERSION DESTDIR PREFIX BINDIR LIBDIR INCLUDEDIR DATADIR MANDIR DROP_IN,$(v)='$($(v))') \
	packaging/install

install: all  ## install under DESTDIR and PREFIX; DROP_IN=1: by the names of dtc's programs too
	@$(PLACES)

uninstall:  ## take it away again, from the same folders
	@$(PLACES) --remove

DIST = ovlc-$(VERSION)

dist:  ## what is committed, as build/ovlc-VERSION.tar.gz: the same bytes every time
	@mkdir -p build
	git -c tar.umask=0022 archive --format=tar --prefix=$(DIST)/ HEAD > build/$(DIST).tar
	gzip -9nf build/$(DIST).tar

deb: dist  ## Debian packages of what is committed, in build/deb; lintian and their test see them
	@testsuite/deps build deb
	@testsuite/total 'packaging/deb $(VERSION)'

clean:  ## remove everything that was built
	rm -rf build

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  \1\t/p' Makefile | expand -t 20

# Every target that help lists is no file.
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*## .*/\1/p' Makefile)
