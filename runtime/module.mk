# duktape: Debian's amalgamated source with our configuration. engine: one heap, its language.
# web: C verbs behind the Web APIs. isolate: an isolate ready to run a worker.
DUK_SRC_DIR := /usr/share/duktape
DUK_DIR := $(O)/gen/duktape
GEN_HEADERS += $(DUK_DIR)/duktape.h $(DUK_DIR)/duk_config.h $(DUK_DIR)/duk_internal.h
DUK_PATCHED := $(DUK_DIR)/duktape.h $(DUK_DIR)/duktape.c $(DUK_DIR)/duk_internal.h
$(DUK_PATCHED) &: runtime/tools/patch_duktape.py $(DUK_SRC_DIR)/duktape.h $(DUK_SRC_DIR)/duktape.c
	$(call say,PATCH,$(DUK_DIR))
	@mkdir -p $(DUK_DIR)
	$(Q)python3 $< $(DUK_SRC_DIR) $(DUK_DIR)
$(DUK_DIR)/duk_config.h: $(DUK_SRC_DIR)/duk_config.h runtime/engine/duk_override.h
	@mkdir -p $(@D)
	@{ echo '#ifndef WK_DUK_CONFIG_H'; echo '#define WK_DUK_CONFIG_H'; cat $^; echo '#endif'; } > $@
# duktape.c is not ours to warn about; its internal header is a system header to our files.
duktape_SRC := $(DUK_DIR)/duktape.c $(wildcard runtime/engine/duk/*.c)
duktape_CFLAGS := -isystem $(DUK_DIR)
$(eval $(call library,duktape))
$(O)/obj/gen/duktape/duktape.o: CFLAGS_MOD := -w -O3 -I$(DUK_DIR)

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
engine_CFLAGS := -isystem $(DUK_DIR)
engine_LDLIBS := $(O)/obj/runtime/engine/boot.o
engine_DEPS := $(O)/obj/runtime/engine/boot.o
$(eval $(call library,engine))

# linemap: from the lines of lowered code to the author's.
linemap_SRC := $(wildcard runtime/linemap/*.c)
linemap_USE := base
$(eval $(call library,linemap))
# regexp: RegExp on PCRE2. The 8-bit library for ASCII strings, the 32-bit one for others; ICU for the
# properties and the case of characters.
regexp_SRC := $(wildcard runtime/regexp/*.c)
regexp_USE := engine
regexp_PKG := libpcre2-8 libpcre2-32 icu-uc
regexp_CFLAGS := -I$(DUK_DIR)
$(eval $(call library,regexp))

web_SRC := $(wildcard runtime/binding/*.c runtime/locale/*.c)
web_USE := engine storage
web_PKG := icu-uc icu-i18n
web_CFLAGS := -I$(DUK_DIR)
web_LDLIBS := -lmbedcrypto
$(eval $(call library,web))

# sqlite: the amalgamated source out of an npm package, with two counters of ours and the peer's options.
SQLITE_SRC_DIR := runtime/node_modules/better-sqlite3/deps/sqlite3
SQLITE_DIR := $(O)/gen/sqlite
GEN_HEADERS += $(SQLITE_DIR)/sqlite3.h
$(SQLITE_DIR)/sqlite3.c $(SQLITE_DIR)/sqlite3.h &: runtime/tools/patch_sqlite.py $(SQLITE_SRC_DIR)/sqlite3.c $(SQLITE_SRC_DIR)/sqlite3.h
	$(call say,PATCH,$(SQLITE_DIR))
	$(Q)python3 $< $(SQLITE_SRC_DIR) $(SQLITE_DIR)
SQLITE_OPTS := -DSQLITE_MAX_ALLOCATION_SIZE=16777216 -DSQLITE_PRINTF_PRECISION_LIMIT=100000 -DSQLITE_ENABLE_FTS5 \
	-DSQLITE_ENABLE_MATH_FUNCTIONS -DSQLITE_DEFAULT_FOREIGN_KEYS=1 -DSQLITE_ENABLE_RTREE \
	-DSQLITE_ENABLE_UPDATE_DELETE_LIMIT -DSQLITE_OMIT_SHARED_CACHE -DSQLITE_THREADSAFE=0 \
	-DSQLITE_DEFAULT_MEMSTATUS=0 -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_TEMP_STORE=3 -DSQLITE_OMIT_LOOKASIDE \
	-DSQLITE_DEFAULT_PCACHE_INITSZ=0 -DSQLITE_USE_ALLOCA -DHAVE_LOCALTIME_R=1
sqlite_SRC := $(SQLITE_DIR)/sqlite3.c
sqlite_CFLAGS := $(SQLITE_OPTS)
$(eval $(call library,sqlite))
$(O)/obj/gen/sqlite/sqlite3.o: CFLAGS_MOD := -w $(SQLITE_OPTS)

# sql: an actor's SQL database over pages that are kept elsewhere, and storage.sql.
sql_SRC := $(filter-out runtime/sql/import.c,$(wildcard runtime/sql/*.c))
sql_USE := web engine sqlite
sql_CFLAGS := -I$(DUK_DIR) -isystem $(SQLITE_DIR)
$(eval $(call library,sql))
# sqlimport: the peer's files, for tools.
sqlimport_SRC := runtime/sql/import.c
sqlimport_USE := sqlite base
sqlimport_CFLAGS := -isystem $(SQLITE_DIR)
$(eval $(call library,sqlimport))

# serialize: values as bytes, in the format that actor storage keeps.
serialize_SRC := $(wildcard runtime/serialize/*.c)
serialize_USE := web regexp engine
serialize_CFLAGS := -isystem $(DUK_DIR)
$(eval $(call library,serialize))

# runtime/actor: what a live actor is inside it.
isolate_SRC := $(wildcard runtime/isolate/*.c runtime/actor/*.c)
isolate_USE := sql storage serialize web regexp engine linemap
isolate_CFLAGS := -I$(DUK_DIR)
$(eval $(call library,isolate))

# Runs tests/js/*.test.{js,ts}: an isolate with every builtin and no process around it.
js-test_SRC := tests/support/js_test.c tests/support/js_sql.c tests/support/page_store.c
js-test_USE := sql serialize web regexp engine
js-test_CFLAGS := -I$(DUK_DIR) -isystem $(SQLITE_DIR)
js-test_OUT := $(O)/tool/js-test
$(eval $(call program,js-test))

# Runs tests/js/actor_*.test.{js,ts}: an isolate with actors and a storage daemon in memory.
actor-test_SRC := tests/support/actor_test.c
actor-test_USE := isolate
actor-test_CFLAGS := -I$(DUK_DIR)
actor-test_LDLIBS := -Wl,--wrap=wk_now_ms -Wl,--wrap=wk_now_ns -Wl,--wrap=wk_unix_ms
actor-test_OUT := $(O)/tool/actor-test
actor-test_DEPS := tests/support/actor_driver.js
$(eval $(call program,actor-test))

# The program that runs workers links a Duktape that gcc optimized by a profile. The training is our own
# JavaScript tests, under an instrumented js-test.
ifeq ($(SAN),)
PGO := $(O)/obj/pgo
PGO_TRAINING := $(patsubst %,$(O)/js/%.test.js,classes generator promise collections headers request response language)
PGO_FLAGS := $(CSTD) -g -w -fno-strict-aliasing -I. -I$(O)/gen -I$(DUK_DIR)
$(PGO)/trained.o: $(DUK_DIR)/duktape.c | $(GEN_HEADERS)
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(PGO_FLAGS) -O2 -fprofile-generate -c -o $@ $<
$(PGO)/js-test: $(PGO)/trained.o | $(O)/tool/js-test
	$(Q)$(CC) -fprofile-generate -o $@ $(call objs,$(js-test_SRC)) $< \
		-Wl,--start-group $(foreach l,$(call libs_of,$(js-test_USE)),$(O)/lib/lib$l.a) -Wl,--end-group \
		$(call flags_of,$(js-test_USE)) $(call pkg_libs,$(call pkgs_of,$(js-test_USE))) -lm -lpthread
$(PGO)/trained.gcda: $(PGO)/js-test | $(PGO_TRAINING)
	$(call say,TRAIN,$@)
	$(Q)rm -f $@; for t in $(PGO_TRAINING); do timeout 120 $< $$t >/dev/null 2>&1 || true; done; test -f $@
$(PGO)/duktape.o: $(DUK_DIR)/duktape.c $(PGO)/trained.gcda
	$(call say,CC,$@)
	$(Q)$(CC) $(PGO_FLAGS) -O3 -fprofile-use=$(PGO)/trained.gcda -Wno-missing-profile -c -o $@ $<
DUKTAPE_FAST := $(PGO)/duktape.o
endif

# compat: which compatibility flags a date and names switch on; wkctl checks with it, hosts obey it.
compat_SRC := $(wildcard runtime/compat/*.c)
compat_USE := base
$(eval $(call library,compat))
