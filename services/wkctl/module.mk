# config: three kinds of configuration file into one Config. Only wkctl reads configurations.
config_SRC := $(wildcard services/wkctl/config/*.c)
config_USE := compat proto base
config_LDLIBS := -lm
$(eval $(call library,config))
# wkctl: the tool people use; it talks to a kernel's control endpoint.
wkctl_SRC := $(wildcard services/wkctl/*.c)
wkctl_USE := config ipc
wkctl_PKG := jansson
wkctl_DEPS := $(O)/bin/wk-kernel
$(eval $(call program,wkctl))
