# base: err check log alloc arena buf. ipc: frames, links, ports; the only place that knows nng.
base_SRC := $(wildcard kernel/base/*.c)
$(eval $(call library,base))
ipc_SRC := $(wildcard kernel/ipc/*.c)
ipc_USE := proto base
ipc_PKG := libuv
ipc_LDLIBS := -lnng
$(eval $(call library,ipc))
ifneq ($(wildcard kernel/main.c),)
wk-kernel_SRC := $(wildcard kernel/*.c kernel/route/*.c kernel/sup/*.c kernel/control/*.c)
wk-kernel_USE := ipc
$(eval $(call program,wk-kernel))
endif
