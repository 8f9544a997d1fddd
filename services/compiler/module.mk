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
ALL_EXTRA += $(O)/lib/wk/typescript.bin

compiler_SRC := $(filter-out services/compiler/main.c,$(wildcard services/compiler/*.c))
compiler_USE := engine linemap proto base
compiler_PKG := libprotobuf-c libcrypto jansson
compiler_CFLAGS := -I$(DUK_DIR)
$(eval $(call library,compiler))
