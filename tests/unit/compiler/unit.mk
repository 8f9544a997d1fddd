unit_compiler_USE := compiler diag engine linemap proto base
unit_compiler_CFLAGS := -I$(DUK_DIR) -DLIB_DIR='"$(O)/lib/wk"'
unit_compiler_DEPS := $(COMPILER_LIB)
