# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-or-later
# fuzz.mk - how the fuzz targets are built; included by the Makefile.
# Each is built three times, in a build folder of its own with everything it links: for AFL++, for libFuzzer, and
# to replay inputs with nothing but the compiler.  A variant is the Makefile called again with another B.

FUZZ        = build/fuzz
FUZZ_LIBOVL = $(addprefix $(B)/fuzz/,apply check reader rebase receipt remove set)
FUZZ_OVL    = $(addprefix $(B)/fuzz/,change image params select verbs)
FUZZ_OVLC   = $(addprefix $(B)/fuzz/,source)
FUZZ_ALL    = $(FUZZ_LIBOVL) $(FUZZ_OVL) $(FUZZ_OVLC)
FUZZ_SAN    = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# libFuzzer brings main() and takes the mutator into the program; AFL++ loads it.
FUZZ_ENGINE = $(B)/fuzz/main.o
FUZZ_COMMON = $(B)/fuzz/input.o $(B)/fuzz/oracle.o
MUTATOR_O   = $(addprefix $(B)/fuzz/,mutate.o mutate_blob.o mutate_text.o)
# The commands without their main() and their files.
FUZZ_HOST_O = $(filter-out $(B)/host/file.o,$(HOST_O)) $(B)/fuzz/files.o $(B)/fuzz/command.o

fuzz-replayers:
	@$(MAKE) --no-print-directory B=$(FUZZ)/replay CFLAGS='-O1 -g' SANFLAGS='$(FUZZ_SAN)' fuzz-variant

fuzz-programs: fuzz-replayers
	@$(MAKE) --no-print-directory B=$(FUZZ)/libfuzzer CC=clang CFLAGS='-O1 -g -Wno-sign-conversion' FUZZ_ENGINE='$$(MUTATOR_O)' \
		SANFLAGS='-fsanitize=fuzzer-no-link $(FUZZ_SAN)' FUZZ_LINK=-fsanitize=fuzzer fuzz-variant
	@AFL_QUIET=1 $(MAKE) --no-print-directory B=$(FUZZ)/afl CC=afl-clang-fast CFLAGS='-O1 -g -Wno-sign-conversion' \
		SANFLAGS='$(FUZZ_SAN)' fuzz-variant
	@$(MAKE) --no-print-directory $(FUZZ)/mutator.so

fuzz-variant: $(FUZZ_ALL)

# Without sanitizers: a million mutants are to be judged.
$(B)/fuzz/differ: $(B)/fuzz/differ.o $(B)/fuzz/mutants.o $(FUZZ_COMMON) $(MUTATOR_O) $(B)/libovl.a
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) -o $@ $^ -lfdt

$(B)/fuzz/mutant: $(B)/fuzz/mutant.o $(B)/fuzz/mutants.o $(B)/fuzz/input.o $(MUTATOR_O)
	$(CC) $(ALLFLAGS) -o $@ $^

.PHONY: fuzz-replayers fuzz-programs fuzz-variant

$(B)/fuzz/%.o: fuzz/%.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(HOSTED) -Ifuzz -I$(B)/fuzz -MMD -MP -c -o $@ $<

$(MUTATOR_O): | $(B)/fuzz/blob.inc $(B)/fuzz/dts.inc
$(B)/fuzz/%.inc: fuzz/%.dict
	@mkdir -p $(@D)
	sed -n 's/^".*"$$/WORD(&)/p' $< > $@

$(B)/fuzz/ovl-main.o: resolver/ovl.c | $(B)/host/version.h
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(HOSTED) -Itree $(RESOLVER_I) -Dmain=command_main -MMD -MP -c -o $@ $<

$(B)/fuzz/ovlc-main.o: compiler/ovlc.c | $(B)/compiler/read/parser.h $(B)/host/version.h
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(HOSTED) $(COMPILER_I) -Dmain=command_main -MMD -MP -c -o $@ $<

FUZZ_CC = $(CC) $(ALLFLAGS) $(FUZZ_LINK) -Wl,--wrap=access -o $@ $(filter %.o %.a,$^)

$(FUZZ_LIBOVL): %: %.target.o $(FUZZ_COMMON) $(FUZZ_ENGINE) $(B)/libovl.a
	$(FUZZ_CC:-Wl,--wrap=access=) -lfdt

$(FUZZ_OVL): %: %.target.o $(FUZZ_COMMON) $(FUZZ_ENGINE) $(B)/fuzz/ovl-main.o $(FUZZ_HOST_O) $(TREE_O) \
		$(filter-out $(B)/resolver/ovl.o,$(RESOLVER_O)) $(B)/libovl.a
	$(FUZZ_CC) -lfdt -lz

$(FUZZ_OVLC): %: %.target.o $(FUZZ_COMMON) $(FUZZ_ENGINE) $(B)/fuzz/ovlc-main.o $(FUZZ_HOST_O) $(TREE_O) \
		$(filter-out $(B)/compiler/ovlc.o,$(COMPILER_O)) $(B)/libovl.a
	$(FUZZ_CC) -lfdt -lyaml

$(B)/fuzz/%.target.o: fuzz/targets/%.c
	@mkdir -p $(@D)
	$(CC) $(ALLFLAGS) $(HOSTED) -Ifuzz -MMD -MP -c -o $@ $<

# What AFL++ loads: no sanitizers, for they are not in afl-fuzz.
$(FUZZ)/mutator.so: $(wildcard fuzz/mutate*.c) fuzz/mutate.h fuzz/fuzz.h $(B)/fuzz/blob.inc $(B)/fuzz/dts.inc
	$(CC) $(STD) $(WARN) -O2 -g -fPIC -shared -Iinclude -Ifuzz -I$(B)/fuzz -o $@ $(filter %.c,$^)

-include $(patsubst %.o,%.d,$(FUZZ_COMMON) $(MUTATOR_O) $(FUZZ_ALL:%=%.target.o) $(B)/fuzz/files.o \
	$(B)/fuzz/command.o $(B)/fuzz/main.o)
