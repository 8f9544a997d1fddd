# unit: a library, no process around it. js: one behaviour per file in an isolate. service and system:
# real processes. peer: the same worker here and on the peer. bench, fuzz: figures and hostile bytes.
# peers: scripted far ends of links.
peers_SRC := tests/support/peers.c
peers_USE := ipc
$(eval $(call library,peers))
# pagestore: the keeper of a database's pages, in memory.
pagestore_SRC := tests/support/page_store.c
pagestore_USE := sql
pagestore_CFLAGS := -I$(DUK_DIR) -isystem $(SQLITE_DIR)
$(eval $(call library,pagestore))

# loopback: an isolate whose actors are its own, without processes.
loopback_SRC := tests/support/loopback.c
loopback_USE := isolate
loopback_CFLAGS := -I$(DUK_DIR) -Wno-missing-prototypes
loopback_LDLIBS := -Wl,--wrap=wk_now_ms -Wl,--wrap=wk_now_ns
$(eval $(call library,loopback))
# actor-loop FILE PATH...: what a worker and its actors answer there.
actor-loop_SRC := tests/support/actor_loop.c
actor-loop_USE := loopback
actor-loop_CFLAGS := -I$(DUK_DIR)
actor-loop_OUT := $(O)/tool/actor-loop
$(eval $(call program,actor-loop))

UNIT := $(patsubst tests/unit/%/,%,$(filter %/,$(wildcard tests/unit/*/)))
unit_base_USE := base
unit_ipc_USE := peers
unit_route_USE := route peers
unit_hostseal_USE := hostseal
-include $(wildcard tests/unit/*/unit.mk)
$(foreach u,$(UNIT),$(if $(wildcard tests/unit/$u/*.c),$(eval $(call unit,$u))))

# tests/service/NAME/*.c: one real process against scripted peers -> build/test/service_NAME
SERVICE := $(patsubst tests/service/%/,%,$(filter %/,$(wildcard tests/service/*/)))
define service
TESTS_BUILT += $(O)/test/service_$1
$(eval service_$1_SRC := $(wildcard tests/service/$1/*.c) $(wildcard tests/support/fake_*.c) tests/support/origin.c)
$(eval service_$1_OUT := $(O)/test/service_$1)
$(eval service_$1_USE += ipc)
$(eval service_$1_PKG += criterion)
$(eval service_$1_CFLAGS += -Wno-missing-prototypes -Wno-missing-field-initializers -DWK_BIN='"$(O)/bin"')
$(call program,service_$1)
endef
service_front_DEPS := $(O)/bin/wk-front
service_disk_DEPS := $(O)/bin/wk-disk
service_egress_DEPS := $(O)/bin/wk-egress
service_actor_storage_DEPS := $(O)/bin/wk-actor-storage $(O)/tool/actor-storage-mem
# The storage daemon on a disk that does what a test says.
actor-storage-mem_SRC := tests/support/storage_mem.c
actor-storage-mem_USE := actor_storage
actor-storage-mem_OUT := $(O)/tool/actor-storage-mem
$(eval $(call program,actor-storage-mem))
$(foreach s,$(SERVICE),$(if $(wildcard tests/service/$s/*.c),$(eval $(call service,$s))))
.PHONY: service-tests
service-tests: $(foreach s,$(SERVICE),$(O)/test/service_$s)
	@fail=0; for t in $(SERVICE); do case service/$$t in *$(T)*) echo "# service/$$t"; \
		timeout 300 $(O)/test/service_$$t || fail=1;; esac; done; exit $$fail

# tests/system/NAME.c drives build/bin/wkctl and with it every program -> build/test/system_NAME
SYSTEM := $(patsubst tests/system/%.c,%,$(filter-out tests/system/system.c tests/system/stored.c,$(wildcard tests/system/*.c)))
define system
TESTS_BUILT += $(O)/test/system_$1
$(eval system_$1_SRC := tests/system/$1.c tests/system/system.c $(if $(filter storage_%,$1),tests/system/stored.c) tests/support/origin.c)
$(eval system_$1_OUT := $(O)/test/system_$1)
$(eval system_$1_USE := base)
$(eval system_$1_PKG := criterion jansson)
$(eval system_$1_CFLAGS := -Wno-missing-prototypes -DWK_PRELOAD='"$(PRELOAD)"')
$(eval system_$1_DEPS := $(if $(filter storage_faults,$1),$(PRELOAD)))
$(call program,system_$1)
endef
# What is loaded into the storage process to disturb it.
PRELOAD := $(O)/tool/preload-faults.so
$(PRELOAD): tests/support/preload_faults.c tests/support/preload_faults.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D) && $(CC) -D_GNU_SOURCE -std=c17 -I. -O1 -fPIC -shared -Wall -Wextra -Werror -o $@ $< -ldl
$(foreach s,$(SYSTEM),$(eval $(call system,$s)))
.PHONY: system-tests
system-tests: all
	@fail=0; for t in $(SYSTEM); do case system/$$t in *$(T)*) echo "# system/$$t"; \
		timeout 300 $(O)/test/system_$$t || fail=1;; esac; done; exit $$fail

# tests/js/NAME.test.{js,ts} -> build/js/NAME.js, run by js-test
JS_TESTS := $(patsubst tests/js/%,$(O)/js/%.js,$(basename $(wildcard tests/js/*.test.js tests/js/*.test.ts)))
$(O)/js/%.js: tests/js/%.ts runtime/tools/lower.js
	@mkdir -p $(@D); NODE_PATH=runtime/node_modules node runtime/tools/lower.js $< $@
$(O)/js/%.js: tests/js/%.js runtime/tools/lower.js
	@mkdir -p $(@D); NODE_PATH=runtime/node_modules node runtime/tools/lower.js $< $@
# tests/js/actor_*.test.ts need an isolate with actors around them.
js_runner = $(O)/tool/$(if $(filter actor_%,$(notdir $1)),actor-test,js-test)
.PHONY: js-tests
js-tests: $(O)/tool/js-test $(O)/tool/actor-test $(JS_TESTS)
	@fail=0; for t in $(JS_TESTS); do case $$t in *$(T)*) ;; *) continue;; esac; \
		case $$t in */actor_*) run=actor-test;; *) run=js-test;; esac; \
		echo "# $$t"; timeout 120 $(O)/tool/$$run $$t || fail=1; done; exit $$fail

# Serialized values against V8's own, as Node has it.
.PHONY: serialize-tests
serialize-tests: $(O)/tool/js-test
	@timeout 120 node tests/serialize/run.js $<

fuzz_url_USE := web
$(eval $(call fuzzer,url))
fuzz_formdata_USE := web
$(eval $(call fuzzer,formdata))
fuzz_regexp_USE := regexp engine
$(eval $(call fuzzer,regexp))
fuzz_serialize_USE := serialize web regexp engine
$(eval $(call fuzzer,serialize))
# What is wrong with a text that is no JSON.
fuzz_json_error_USE := duktape
$(eval $(call fuzzer,json_error))
# A tenant's SQL.
fuzz_sql_USE := sql
$(eval $(call fuzzer,sql))

# Reads a configuration and prints it.
config-dump_SRC := tests/support/config_dump.c
config-dump_USE := config
config-dump_OUT := $(O)/tool/config-dump
$(eval $(call program,config-dump))

# The readers of configurations against hostile bytes.
fuzz_jsonc_USE := confdoc
$(eval $(call fuzzer,jsonc))
fuzz_toml_USE := confdoc
$(eval $(call fuzzer,toml))
fuzz_capnp_USE := confdoc
$(eval $(call fuzzer,capnp))

# Stored values as text, and the lines of a dump.
fuzz_stored_USE := stored
fuzz_stored_PKG := jansson libcrypto
$(eval $(call fuzzer,stored))

# What a website's own files say of it.
fuzz_rules_USE := disk
$(eval $(call fuzzer,rules))

# The front's parser: whole and in pieces it must say the same.
fuzz_http_USE := httpparse
$(eval $(call fuzzer,http))

# What the storage engine reads from its disk.
fuzz_storage_USE := storage_engine
$(eval $(call fuzzer,storage))

# The same workers here and on the peer's binary; says why when that is not there.
.PHONY: peer-tests
peer-tests: all
	@timeout 900 node tests/peer/run.js $(T)

# Every suite, one after the other, added up (tests/support/run_tests.py). T=word keeps the suites and
# JS tests whose name contains it.
SUITES_JS := $(foreach t,$(JS_TESTS),"js/$(patsubst $(O)/js/%.test.js,%,$t)=$(call js_runner,$t) $t")
SUITES_UNIT := $(foreach u,$(UNIT),$(if $(wildcard tests/unit/$u/*.c),"unit/$u=$(O)/test/unit_$u"))
SUITES_SERVICE := $(foreach s,$(SERVICE),$(if $(wildcard tests/service/$s/*.c),"service/$s=$(O)/test/service_$s"))
# A sanitizer's library wants to be loaded before all others, and storage_faults preloads one.
SUITES_SYSTEM := $(foreach s,$(if $(SAN),$(filter-out storage_faults,$(SYSTEM)),$(SYSTEM)),"system/$s=$(O)/test/system_$s")
SUITES_MORE := $(if $(wildcard tests/fault/run.js),"system/faults=$(MAKE) -s fault-tests T=") "system/durability=$(MAKE) -s durability-tests SECONDS=15 T=" "system/backup=$(MAKE) -s backup-tests T=" "lowering=$(MAKE) -s lowering-tests T=" "serialize=$(MAKE) -s serialize-tests T=" $(if $(wildcard tests/peer/run.js),"peer=$(MAKE) -s peer-tests T=")
RUN_TESTS := python3 tests/support/run_tests.py --jobs 2 --logs $(O)/test-logs $(if $(T),--only $(T))

.PHONY: check check-asan
check: all $(JS_TESTS)
	@$(RUN_TESTS) $(SUITES_UNIT) $(SUITES_JS) $(SUITES_SERVICE) $(SUITES_SYSTEM) $(SUITES_MORE)
check-asan: all $(JS_TESTS)
	@$(RUN_TESTS) $(SUITES_UNIT) $(SUITES_JS) $(SUITES_SERVICE) $(SUITES_SYSTEM)

# Figures beside the peer's, in one run; build/bench/results.json keeps them.
.PHONY: bench-run
bench-run: all
	@timeout 580 node tests/bench/run.js
# A hostile process at the router; the decoders of messages.
fuzz_frame_USE := route peers
$(eval $(call fuzzer,frame))
fuzz_envelope_USE := ipc
$(eval $(call fuzzer,envelope))

# Nothing acknowledged is lost, whatever is killed: SECONDS=600 for the long run. Then kills at named places, and builds that
# break a promise on purpose, which must be caught; these need a build of their own (FAULTS=1), which also tells what it does
# (tests/fault/durability/log).
SECONDS ?= 25
.PHONY: test-faults durability-tests
durability-tests: all
	@node tests/fault/durability/checker_test.js
	@node tests/fault/durability/log/log_test.js
	@timeout $$(($(SECONDS) + 120)) node tests/fault/durability/run.js $(SECONDS) $(T)
test-faults: durability-tests
	@$(MAKE) FAULTS=1 all
	@timeout $$(($(SECONDS) * 2 + 900)) env WK_BUILD=build/faults node tests/fault/durability/run.js $(SECONDS) $(T)

# Processes killed and exhausted under load.
.PHONY: fault-tests
fault-tests: all
	@timeout 300 node tests/fault/run.js $(T)

# A hostile host at the storage daemon.
fuzz_actor_storage_USE := actor_storage peers
$(eval $(call fuzzer,actor_storage))

# Backups under load, and damaged databases.
.PHONY: backup-tests
backup-tests: all
	@timeout 300 node tests/fault/backup.js
