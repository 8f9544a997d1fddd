# storage: the pure machines of actors' storage, without I/O. The engine and its committer are apart.
storage_SRC := $(filter-out storage/backend_rocksdb% storage/commit%,$(wildcard storage/*.c))
storage_USE := base
$(eval $(call library,storage))
