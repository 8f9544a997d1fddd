# egress: outbound HTTP. Everything but main, so that tests link it.
egress_SRC := $(filter-out services/egress/main.c,$(wildcard services/egress/*.c))
egress_USE := ipc
egress_PKG := libcurl
$(eval $(call library,egress))

wk-egress_SRC := services/egress/main.c
wk-egress_USE := egress
$(eval $(call program,wk-egress))
