unit_regexp_USE := regexp engine
unit_regexp_CFLAGS := -I$(DUK_DIR)
