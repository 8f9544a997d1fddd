unit_front_USE := front
unit_front_CFLAGS := -I$(O)/gen/llhttp
