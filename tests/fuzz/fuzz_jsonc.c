/* tests/fuzz/fuzz_jsonc.c - any bytes as a configuration in JSONC. */
#include "tests/fuzz/config_any.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_config(wk_jsonc_parse, data, size);
    return 0;
}
