# duktape: Debian's amalgamated source with our configuration. engine: one heap, its language.
# web: C verbs behind the Web APIs. isolate: an isolate ready to run a worker.
DUK_SRC_DIR := /usr/share/duktape
DUK_DIR := $(O)/gen/duktape
GEN_HEADERS += $(DUK_DIR)/duktape.h $(DUK_DIR)/duk_config.h
$(DUK_DIR)/duktape.h: $(DUK_SRC_DIR)/duktape.h
	@mkdir -p $(@D); cp $< $@
$(DUK_DIR)/duk_config.h: $(DUK_SRC_DIR)/duk_config.h runtime/engine/duk_override.h
	@mkdir -p $(@D)
	@{ echo '#ifndef WK_DUK_CONFIG_H'; echo '#define WK_DUK_CONFIG_H'; cat $^; echo '#endif'; } > $@
$(DUK_DIR)/duktape.c: $(DUK_SRC_DIR)/duktape.c
	@mkdir -p $(@D); cp $< $@
duktape_SRC := $(DUK_DIR)/duktape.c
duktape_CFLAGS := -w -I$(DUK_DIR)
$(eval $(call library,duktape))

mkboot_SRC := runtime/tools/mkboot.c
mkboot_USE := duktape base
mkboot_CFLAGS := -I$(DUK_DIR) -Wno-missing-prototypes
mkboot_OUT := $(O)/tool/mkboot
$(eval $(call program,mkboot))

BOOT_JS := $(shell find runtime/js -name '*.js' -o -name '*.ts')
$(O)/gen/runtime/boot.pack: runtime/tools/pack.js $(BOOT_JS)
	$(call say,PACK,$@)
	@mkdir -p $(@D)
	$(Q)NODE_PATH=runtime/node_modules node runtime/tools/pack.js $@ runtime/js
$(O)/gen/runtime/boot.bin: $(O)/tool/mkboot $(O)/gen/runtime/boot.pack
	$(call say,BOOT,$@)
	$(Q)$< $(O)/gen/runtime/boot.pack $@
$(O)/obj/runtime/engine/boot.o: runtime/engine/boot.S $(O)/gen/runtime/boot.bin
	@mkdir -p $(@D)
	$(Q)$(CC) -DWK_BOOT_BIN='"$(O)/gen/runtime/boot.bin"' -c -o $@ $<

engine_SRC := $(wildcard runtime/engine/*.c)
engine_USE := duktape base
engine_PKG :=
engine_CFLAGS := -I$(DUK_DIR)
engine_LDLIBS := $(O)/obj/runtime/engine/boot.o
engine_DEPS := $(O)/obj/runtime/engine/boot.o
$(eval $(call library,engine))

# linemap: from the lines of lowered code to the author's.
linemap_SRC := $(wildcard runtime/linemap/*.c)
linemap_USE := base
$(eval $(call library,linemap))

web_SRC := $(wildcard runtime/binding/*.c)
web_USE := engine
web_CFLAGS := -I$(DUK_DIR)
$(eval $(call library,web))

# Runs tests/js/*.test.{js,ts}: an isolate with every builtin and no process around it.
js-test_SRC := tests/support/js_test.c
js-test_USE := web engine
js-test_CFLAGS := -I$(DUK_DIR)
js-test_OUT := $(O)/tool/js-test
$(eval $(call program,js-test))
