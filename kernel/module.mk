# base: err check log alloc arena buf. ipc: frames, links, ports; the only place that knows nng.
base_SRC := $(wildcard kernel/base/*.c)
$(eval $(call library,base))
ipc_SRC := $(wildcard kernel/ipc/*.c)
ipc_USE := proto base
ipc_PKG := libuv
ipc_LDLIBS := -lnng
$(eval $(call library,ipc))
# route: sessions between links; a library, so that tests can be its processes.
route_SRC := $(wildcard kernel/route/*.c)
route_USE := ipc
$(eval $(call library,route))
ifneq ($(wildcard kernel/main.c),)
wk-kernel_SRC := $(wildcard kernel/*.c kernel/sup/*.c kernel/control/*.c)
wk-kernel_USE := route
$(eval $(call program,wk-kernel))
endif
