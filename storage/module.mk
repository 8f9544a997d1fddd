# The state machines of an actor's storage. They know no messages and no disk; the engine and its committer are a library apart.
storage_engine_SRC := $(wildcard storage/backend_*.c storage/disk*.c) $(addprefix storage/,batch.c commit.c engine.c file.c \
	journal.c key.c room.c watermark.c)
storage_engine_USE := storage base
storage_engine_LDLIBS := -lrocksdb -lz
$(eval $(call library,storage_engine))
storage_SRC := $(filter-out $(storage_engine_SRC),$(wildcard storage/*.c))
storage_USE := base
$(eval $(call library,storage))
