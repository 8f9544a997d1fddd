# confdoc: readers of the three notations into one tree, knowing nothing of what a key means.
# config: a Config out of such trees, its flags and its checks. Only wkctl reads configurations.
confdoc_SRC := $(addprefix services/wkctl/config/,capnp_eval.c capnp_lex.c capnp_load.c capnp_name.c \
	capnp_parse.c capnp_schema.c cursor.c diag.c doc.c dotenv.c jsonc.c text.c toml.c toml_value.c)
confdoc_USE := base
$(eval $(call library,confdoc))
config_SRC := $(filter-out $(confdoc_SRC),$(wildcard services/wkctl/config/*.c))
config_USE := confdoc compat proto base
$(eval $(call library,config))
# wkctl: the tool people use; it talks to a kernel's control endpoint.
# stored: what is stored as text for a person, and back.
stored_SRC := $(addprefix services/wkctl/,v8_text.c dump_line.c facet_path.c peer_facets.c)
stored_USE := base
stored_PKG := jansson libcrypto
$(eval $(call library,stored))
wkctl_SRC := $(filter-out $(stored_SRC),$(wildcard services/wkctl/*.c))
wkctl_USE := config stored ipc storage sqlimport sqlite
wkctl_CFLAGS := -isystem $(SQLITE_DIR)
wkctl_PKG := jansson libcrypto
wkctl_DEPS := $(O)/bin/wk-kernel
$(eval $(call program,wkctl))
