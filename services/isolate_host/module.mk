# The zygote and the isolate hosts that are forked from it.
wk-isolate-host_SRC := $(wildcard services/isolate_host/*.c)
wk-isolate-host_USE := isolate ipc
$(eval $(call program,wk-isolate-host))
