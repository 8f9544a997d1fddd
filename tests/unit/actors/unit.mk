unit_actors_USE := loopback
unit_actors_CFLAGS := -I$(DUK_DIR) -DWORKER='"$(O)/test/actors_worker.js"'
unit_actors_DEPS := $(O)/test/actors_worker.js
$(O)/test/actors_worker.js: tests/unit/actors/worker.js runtime/tools/lower.js
	@mkdir -p $(@D); NODE_PATH=runtime/node_modules node runtime/tools/lower.js $< $@
