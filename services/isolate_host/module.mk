# The zygote and the isolate hosts that are forked from it. hostseal: a host's sandbox, which tests try too.
hostseal_SRC := services/isolate_host/sandbox.c
hostseal_USE := base
hostseal_PKG := libseccomp
$(eval $(call library,hostseal))
wk-isolate-host_SRC := $(filter-out $(hostseal_SRC),$(wildcard services/isolate_host/*.c))
wk-isolate-host_USE := isolate compat ipc hostseal
wk-isolate-host_OBJS = $(DUKTAPE_FAST)
$(eval $(call program,wk-isolate-host))
