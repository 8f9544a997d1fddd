unit_sql_USE := pagestore sqlimport
unit_sql_CFLAGS := -I$(DUK_DIR) -isystem $(SQLITE_DIR)
