/* tests/fuzz/fuzz_toml.c - any bytes as a configuration in TOML. */
#include "tests/fuzz/config_any.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_config(wk_toml_parse, data, size);
    return 0;
}
