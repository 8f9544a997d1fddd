# disk: one directory over HTTP, and a website's assets. Everything but main, so that tests link it.
disk_SRC := $(filter-out services/disk/main.c,$(wildcard services/disk/*.c))
disk_USE := ipc
$(eval $(call library,disk))

wk-disk_SRC := services/disk/main.c
wk-disk_USE := disk
$(eval $(call program,wk-disk))
