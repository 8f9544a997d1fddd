# The state machines of an actor's storage. They know no messages and no disk; the engine and its committer are a library apart.
storage_SRC := $(filter-out storage/backend_rocksdb% storage/commit%,$(wildcard storage/*.c))
storage_USE := base
$(eval $(call library,storage))
