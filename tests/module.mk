# unit: a library, no process around it. js: one behaviour per file in an isolate. service and system:
# real processes. peer: the same worker here and on the peer. bench, fuzz: figures and hostile bytes.
UNIT := $(patsubst tests/unit/%/,%,$(filter %/,$(wildcard tests/unit/*/)))
unit_base_USE := base
unit_ipc_USE := ipc
-include $(wildcard tests/unit/*/unit.mk)
$(foreach u,$(UNIT),$(if $(wildcard tests/unit/$u/*.c),$(eval $(call unit,$u))))

# tests/js/NAME.test.{js,ts} -> build/js/NAME.js, run by js-test
JS_TESTS := $(patsubst tests/js/%,$(O)/js/%.js,$(basename $(wildcard tests/js/*.test.js tests/js/*.test.ts)))
$(O)/js/%.js: tests/js/%.ts runtime/tools/lower.js
	@mkdir -p $(@D); NODE_PATH=runtime/node_modules node runtime/tools/lower.js $< $@
$(O)/js/%.js: tests/js/%.js runtime/tools/lower.js
	@mkdir -p $(@D); NODE_PATH=runtime/node_modules node runtime/tools/lower.js $< $@
.PHONY: js-tests
js-tests: $(O)/tool/js-test $(JS_TESTS)
	@fail=0; for t in $(JS_TESTS); do case $$t in *$(T)*) echo "# $$t"; timeout 120 $< $$t || fail=1;; esac; done; exit $$fail

fuzz_url_USE := web
$(eval $(call fuzzer,url))

# tests/service/NAME/*.c: one real process against scripted peers -> $(O)/test/service_NAME
define service
TESTS_BUILT += $(O)/test/service_$1
$(eval service_$1_SRC := $(wildcard tests/service/$1/*.c) tests/support/fake_kernel.c)
$(eval service_$1_OUT := $(O)/test/service_$1)
$(eval service_$1_USE += ipc)
$(eval service_$1_PKG += criterion)
$(eval service_$1_CFLAGS += -Wno-missing-prototypes -DWK_BIN='"$(O)/bin"')
$(call program,service_$1)
endef
SERVICE := $(patsubst tests/service/%/,%,$(filter %/,$(wildcard tests/service/*/)))
service_front_DEPS := $(O)/bin/wk-front
$(foreach s,$(SERVICE),$(if $(wildcard tests/service/$s/*.c),$(eval $(call service,$s))))
