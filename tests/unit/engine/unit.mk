unit_engine_USE := engine
unit_engine_CFLAGS := -I$(DUK_DIR)
