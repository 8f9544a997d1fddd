# compiler: TypeScript and modern JavaScript lowered to ES5, modules resolved and bundled, all cached.
# TypeScript itself is bytecode in a file beside the programs: build/lib/wk/typescript.bin.
COMPILER_TS := runtime/node_modules/typescript/lib/typescript.js
COMPILER_JS := $(wildcard services/compiler/js/*.js)
$(O)/gen/compiler/typescript.js: $(COMPILER_TS) services/compiler/tools/strip.js
	$(call say,STRIP,$@)
	@mkdir -p $(@D)
	$(Q)node services/compiler/tools/strip.js $< $@
$(O)/gen/compiler/typescript.pack: $(O)/gen/compiler/typescript.js services/compiler/tools/pack.js $(COMPILER_JS)
	$(call say,PACK,$@)
	$(Q)node services/compiler/tools/pack.js $@ typescript=$< \
		$(foreach f,$(COMPILER_JS),$(basename $(notdir $f))=$f)
$(O)/lib/wk/typescript.bin: $(O)/tool/mkboot $(O)/gen/compiler/typescript.pack
	$(call say,BOOT,$@)
	@mkdir -p $(@D)
	$(Q)$< $(O)/gen/compiler/typescript.pack $@
# What cached results depend on: the bytecode, and the engine that checks what was lowered.
$(O)/lib/wk/typescript.id: $(O)/lib/wk/typescript.bin
	@sha256sum < $< | cut -c1-64 > $@
COMPILER_LIB := $(O)/lib/wk/typescript.bin $(O)/lib/wk/typescript.id
ALL_EXTRA += $(COMPILER_LIB)

compiler_SRC := $(filter-out services/compiler/main.c,$(wildcard services/compiler/*.c))
compiler_USE := engine linemap proto base
compiler_PKG := libprotobuf-c libcrypto jansson
compiler_CFLAGS := -I$(DUK_DIR)
$(eval $(call library,compiler))

# Formats diagnostics for a terminal: for the tools below.
diag_SRC := $(wildcard services/diag/*.c)
diag_USE := proto base
diag_PKG := libprotobuf-c
$(eval $(call library,diag))

# Compiles one project from the command line: for tests and for looking at what comes out.
compile-tool_SRC := tests/support/compile_tool.c
compile-tool_USE := compiler diag proto base
compile-tool_PKG := libprotobuf-c
compile-tool_OUT := $(O)/tool/compile
compile-tool_DEPS := $(COMPILER_LIB)
$(eval $(call program,compile-tool))

# tests/lowering: the same source on Node and, lowered, on our engine.
lower-run_SRC := tests/support/lower_run.c
lower-run_USE := compiler diag web regexp engine linemap proto base
lower-run_PKG := libprotobuf-c
lower-run_CFLAGS := -I$(DUK_DIR)
lower-run_OUT := $(O)/tool/lower-run
lower-run_DEPS := $(COMPILER_LIB)
$(eval $(call program,lower-run))
.PHONY: lowering-tests
lowering-tests: $(O)/tool/lower-run
	@WK_LIB_DIR=$(O)/lib/wk NODE_PATH=runtime/node_modules node tests/lowering/run.js $(O)/tool/lower-run $(T)

wk-compiler_SRC := services/compiler/main.c
wk-compiler_USE := ipc compiler
wk-compiler_DEPS := $(COMPILER_LIB)
$(eval $(call program,wk-compiler))
