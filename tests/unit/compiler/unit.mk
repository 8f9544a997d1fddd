unit_compiler_USE := compiler diag engine linemap proto base
unit_compiler_CFLAGS := -I$(DUK_DIR)
unit_compiler_DEPS := $(COMPILER_LIB)
