# config: three kinds of configuration file into one Config. Only wkctl reads configurations.
config_SRC := $(wildcard services/wkctl/config/*.c)
config_USE := compat proto base
config_LDLIBS := -lm
$(eval $(call library,config))
