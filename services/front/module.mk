# llhttp: Debian's generated C, strict. front: the rest but main, so that tests link it.
LLHTTP_SRC_DIR := /usr/share/llhttp
LLHTTP_DIR := $(O)/gen/llhttp
GEN_HEADERS += $(LLHTTP_DIR)/llhttp.h
$(LLHTTP_DIR)/llhttp.h: /usr/share/include/llhttp/llhttp.h
	@mkdir -p $(@D); cp $< $@
$(LLHTTP_DIR)/%.c: $(LLHTTP_SRC_DIR)/%.c
	@mkdir -p $(@D); cp $< $@
llhttp_SRC := $(LLHTTP_DIR)/llhttp.c $(LLHTTP_DIR)/api.c $(LLHTTP_DIR)/http.c
llhttp_CFLAGS := -w -DLLHTTP_STRICT_MODE=1 -I$(LLHTTP_DIR)
$(eval $(call library,llhttp))

# httpparse: bytes into requests, without sockets, for the fuzzer.
httpparse_SRC := services/front/parse.c
httpparse_USE := llhttp
httpparse_CFLAGS := -I$(LLHTTP_DIR)
$(eval $(call library,httpparse))

front_SRC := $(filter-out services/front/main.c services/front/parse.c,$(wildcard services/front/*.c))
front_USE := httpparse ipc
front_CFLAGS := -I$(LLHTTP_DIR)
$(eval $(call library,front))

wk-front_SRC := services/front/main.c
wk-front_USE := front
wk-front_CFLAGS := -I$(LLHTTP_DIR)
$(eval $(call program,wk-front))
