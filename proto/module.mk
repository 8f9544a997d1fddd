# One .proto per pair of peers; the generated C goes to build/gen/proto.
PROTO := $(wildcard proto/*.proto)
PROTO_C := $(patsubst proto/%.proto,$(O)/gen/proto/%.pb-c.c,$(PROTO))
PROTO_H := $(PROTO_C:.c=.h)
GEN_HEADERS += $(PROTO_H)
$(O)/gen/proto/%.pb-c.c $(O)/gen/proto/%.pb-c.h: proto/%.proto
	$(call say,PROTO,$<)
	@mkdir -p $(@D)
	$(Q)protoc-c --proto_path=. --c_out=$(O)/gen $<
proto_SRC := $(PROTO_C)
proto_PKG := libprotobuf-c
$(eval $(call library,proto))
