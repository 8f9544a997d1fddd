# actor_storage: the storage daemon. Everything but main, so that tests link it.
actor_storage_SRC := $(filter-out services/actor_storage/main.c,$(wildcard services/actor_storage/*.c))
actor_storage_USE := ipc storage storage_engine
$(eval $(call library,actor_storage))

wk-actor-storage_SRC := services/actor_storage/main.c
wk-actor-storage_USE := actor_storage
$(eval $(call program,wk-actor-storage))
