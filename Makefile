# One graph for the whole tree: every directory's module.mk only lists what it has.
#
#   make            build everything into build/          make run        set up, build, start the hello example
#   make setup      install what the build needs          make test       set up, build, run every test
#   make test-asan  unit and RPC tests, sanitized         make bench      figures beside the peer's
#   make fuzz       bounded fuzzing of every parser       make lint fmt   keep the code in shape
#   make install PREFIX=/usr/local
#
# Variables: V=1 shows the commands; SAN=address,undefined builds into build/san; FAULTS=1 builds with the
# places that fail on demand (kernel/base/fault.h) and that tell what they do (kernel/base/events.h) into
# build/faults; T=name runs the tests whose path contains it.
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all
SHELL := /bin/bash

PREFIX ?= /usr/local
SAN ?=
FAULTS ?=
T ?=
OPT ?= -O2
CC := gcc
O := build$(if $(FAULTS),/faults)$(if $(SAN),/san)
Q := $(if $(V),,@)
# $(call say,WORD,what): one short line instead of the command
say = @$(if $(V),:,printf '  %-6s %s\n' '$1' '$2')

CSTD := -std=c17 -D_GNU_SOURCE
# A table of events leaves out what its owner does not listen to.
WARN := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wno-unused-parameter -Wno-missing-field-initializers
SANFLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
CFLAGS_ALL := $(CSTD) $(WARN) $(OPT) -g -fno-strict-aliasing -I. -I$(O)/gen $(SANFLAGS) $(if $(FAULTS),-DWK_FAULTS) $(CFLAGS)
LDFLAGS_ALL := $(SANFLAGS) -Wl,--as-needed $(LDFLAGS)

# What the build stands on: Debian packages, and npm packages from committed lock files.
APT := gcc clang make pkg-config git nodejs npm duktape-dev libnng-dev libprotobuf-c-dev librocksdb-dev \
	protobuf-c-compiler libcriterion-dev libuv1-dev node-llhttp libpcre2-dev libicu-dev \
	libseccomp-dev libjansson-dev libssl-dev libmbedtls-dev libcurl4-openssl-dev zlib1g-dev wrk curl \
	clang-format python3 ca-certificates procps
# A command that is already there stands for its package, so that another Node is not replaced.
APT_HAS_COMMAND := gcc clang make git npm nodejs:node wrk curl clang-format python3 pkg-config
NPM_DIRS := runtime tests

LIBS_BUILT :=
PROGS_BUILT :=
TESTS_BUILT :=
FUZZ_BUILT :=
GEN_HEADERS :=

pkg_cflags = $(if $1,$(shell pkg-config --cflags $1 2>/dev/null))
pkg_libs = $(if $1,$(shell pkg-config --libs $1 2>/dev/null))
objs = $(patsubst %.c,$(O)/obj/%.o,$(filter-out $(O)/gen/%,$1)) \
	$(patsubst $(O)/gen/%.c,$(O)/obj/gen/%.o,$(filter $(O)/gen/%,$1))
# every library a program needs, with what those libraries need, each once
closure = $(strip $1 $(foreach l,$1,$(call closure,$($l_USE))))
libs_of = $(call uniq,$(call closure,$1))
uniq = $(if $1,$(call uniq,$(filter-out $(lastword $1),$1)) $(lastword $1))
pkgs_of = $(sort $2 $(foreach l,$(call libs_of,$1),$($l_PKG)))
flags_of = $(foreach l,$(call libs_of,$1),$($l_LDLIBS))

# $(call library,NAME): NAME_SRC, NAME_USE (libraries of ours), NAME_PKG (pkg-config), NAME_CFLAGS,
# NAME_LDLIBS -> $(O)/lib/libNAME.a
define library
LIBS_BUILT += $(O)/lib/lib$1.a
$(call objs,$($1_SRC)): CFLAGS_MOD := $(call pkg_cflags,$(call pkgs_of,$1,$($1_PKG))) $($1_CFLAGS)
$(O)/lib/lib$1.a: $(call objs,$($1_SRC))
	$(call say,AR,$$@)
	@mkdir -p $$(@D); rm -f $$@
	$(Q)ar rcs $$@ $$^
endef

# $(call program,NAME): NAME_SRC, NAME_USE, NAME_PKG, NAME_LDLIBS, NAME_OBJS (objects that stand before the
# libraries) -> $(O)/bin/NAME (or NAME_OUT)
define program
$(eval $1_OUT ?= $(O)/bin/$1)
PROGS_BUILT += $($1_OUT)
$(call objs,$($1_SRC)): CFLAGS_MOD := $(call pkg_cflags,$(call pkgs_of,$($1_USE),$($1_PKG))) $($1_CFLAGS)
$($1_OUT): $(call objs,$($1_SRC)) $(foreach l,$(call libs_of,$($1_USE)),$(O)/lib/lib$l.a $($l_DEPS)) $($1_DEPS) $($1_OBJS)
	$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $$@ $(call objs,$($1_SRC)) $($1_OBJS) \
		-Wl,--start-group $(foreach l,$(call libs_of,$($1_USE)),$(O)/lib/lib$l.a) -Wl,--end-group \
		$($1_LDLIBS) $(call flags_of,$($1_USE)) $(call pkg_libs,$(call pkgs_of,$($1_USE),$($1_PKG))) -lm -lpthread
endef

# $(call unit,NAME): the Criterion tests in tests/unit/NAME/, with unit_NAME_USE -> $(O)/test/unit_NAME
define unit
unit_$1_SRC := $(wildcard tests/unit/$1/*.c)
unit_$1_OUT := $(O)/test/unit_$1
unit_$1_PKG += criterion
unit_$1_CFLAGS += -Wno-missing-prototypes
TESTS_BUILT += $(O)/test/unit_$1
$(eval unit_$1_SRC := $(wildcard tests/unit/$1/*.c))
$(eval unit_$1_OUT := $(O)/test/unit_$1)
$(eval unit_$1_PKG += criterion)
$(eval unit_$1_CFLAGS += -Wno-missing-prototypes)
$(call program,unit_$1)
endef

# $(call fuzzer,NAME): tests/fuzz/fuzz_NAME.c (LLVMFuzzerTestOneInput) with fuzz_NAME_USE; clang's
# libFuzzer, sources compiled again with coverage -> build/fuzz/NAME
define fuzzer
FUZZ_BUILT += build/fuzz/$1
build/fuzz/$1: tests/fuzz/fuzz_$1.c $(foreach l,$(call libs_of,$(fuzz_$1_USE)),$(filter-out $(O)/gen/%,$($l_SRC)) $($l_DEPS)) | $$(GEN_HEADERS)
	$(call say,FUZZ,$$@)
	@mkdir -p $$(@D)
	$(Q)clang $(CSTD) -g -O1 -fno-strict-aliasing -I. -I$(O)/gen -fsanitize=fuzzer,address,undefined \
		$(call pkg_cflags,$(call pkgs_of,$(fuzz_$1_USE),$(fuzz_$1_PKG))) $(foreach l,$(call libs_of,$(fuzz_$1_USE)),$($l_CFLAGS)) -w \
		-o $$@ tests/fuzz/fuzz_$1.c $(foreach l,$(call libs_of,$(fuzz_$1_USE)),$($l_SRC)) \
		$(call flags_of,$(fuzz_$1_USE)) $(call pkg_libs,$(call pkgs_of,$(fuzz_$1_USE),$(fuzz_$1_PKG))) -lm -lpthread
endef

MODULES := proto/module.mk kernel/module.mk runtime/module.mk $(wildcard storage/module.mk) \
	$(sort $(wildcard services/*/module.mk)) tests/module.mk
include $(MODULES)

.PHONY: all libs setup run test test-asan bench fuzz lint fmt install clean unit-tests
all: $(PROGS_BUILT) $(ALL_EXTRA)
libs: $(LIBS_BUILT)

$(O)/obj/%.o: %.c | $(GEN_HEADERS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) $(CFLAGS_MOD) -MMD -MP -c -o $@ $<
$(O)/obj/gen/%.o: $(O)/gen/%.c | $(GEN_HEADERS)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS_ALL) -Wno-unused-parameter $(CFLAGS_MOD) -MMD -MP -c -o $@ $<
-include $(shell test -d $(O)/obj && find $(O)/obj -name '*.d')

# ---- setup ----
# Nothing is installed twice; without the right to install, the list of what is missing is the answer.
setup:
	@missing=""; for p in $(APT); do \
		for c in $(APT_HAS_COMMAND); do if [ "$${c%%:*}" = "$$p" ] && command -v "$${c##*:}" >/dev/null; then continue 2; fi; done; \
		dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" = 0 ]; then sudo=""; elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo="sudo"; \
		else echo "setup: these Debian packages are missing, and there is no right to install them:"; \
			echo " $$missing"; echo "setup: run as root: apt-get install$$missing"; exit 1; fi; \
		echo "setup: installing$$missing"; \
		$$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends $$missing; \
	fi
	@for d in $(NPM_DIRS); do [ -f $$d/package-lock.json ] || continue; \
		if ! cmp -s $$d/package-lock.json $$d/node_modules/.installed-lock; then \
			echo "setup: npm packages of $$d/"; (cd $$d && npm ci --no-audit --no-fund --loglevel=error) && \
			cp $$d/package-lock.json $$d/node_modules/.installed-lock || exit 1; fi; done

# What was set up just now is known only to a make that starts after it.
run: setup
	$(Q)$(MAKE) all
	@echo "Serving deploy/examples/hello: edit its src/index.ts and see the change. Ctrl-C stops it."
	@build/bin/wkctl start deploy/examples/hello --watch $(if $(PORT),--port $(PORT))
test: setup
	$(Q)$(MAKE) check T=$(T)
test-asan: setup
	$(Q)LSAN_OPTIONS=suppressions=$(CURDIR)/tests/support/lsan.supp:print_suppressions=0 \
		ASAN_OPTIONS=detect_leaks=1:handle_segv=1 UBSAN_OPTIONS=print_stacktrace=1 $(MAKE) SAN=address,undefined check-asan T=$(T)
bench: setup
	$(Q)$(MAKE) all bench-run

# Each fuzzer, or those with T= in their name, for SECONDS= seconds; the corpus is kept in build/fuzz-corpus.
SECONDS ?= 20
fuzz: setup
	$(Q)$(MAKE) fuzz-run SECONDS=$(SECONDS) T=$(T)
FUZZ_WANTED := $(if $(T),$(foreach f,$(FUZZ_BUILT),$(if $(findstring $(T),$f),$f)),$(FUZZ_BUILT))
.PHONY: fuzz-run
fuzz-run: $(FUZZ_WANTED)
	@for f in $(FUZZ_WANTED); do n=$${f##*/}; mkdir -p build/fuzz-corpus/$$n; echo "# $$n"; \
		$$f -max_total_time=$(SECONDS) -rss_limit_mb=2048 -timeout=10 -print_final_stats=0 -print_funcs=0 -verbosity=0 \
			-artifact_prefix=build/fuzz-corpus/$$n- build/fuzz-corpus/$$n || exit 1; done; echo "fuzzing found nothing"

C_FILES = $(shell git ls-files '*.c' '*.h')
fmt:
	@clang-format -i $(C_FILES)
lint:
	@python3 tests/support/lint.py

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/wk
	install -m 755 build/bin/* $(DESTDIR)$(PREFIX)/bin
	install -m 644 build/lib/wk/* $(DESTDIR)$(PREFIX)/lib/wk

clean:
	rm -rf build
