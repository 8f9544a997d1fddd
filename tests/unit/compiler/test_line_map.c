#include <criterion/criterion.h>
#include <string.h>
#include "runtime/linemap/line_map.h"

Test(line_map, gives_each_line_back)
{
    const uint32_t lines[] = {3, 0, 5, 4, 100000, 1, 0, 0}, want[] = {3, 3, 5, 4, 100000, 1, 1, 1};
    uint32_t all[16];
    struct wk_buf map = {0};

    wk_line_map_encode(lines, WK_COUNT(lines), &map);
    for (uint32_t i = 0; i < WK_COUNT(want); i++)
        cr_expect_eq(wk_line_map_find(map.data, map.len, i + 1), want[i], "line %u", i + 1);
    cr_expect_eq(wk_line_map_find(map.data, map.len, 500), 1, "past the end: the last line's place");
    cr_expect_eq(wk_line_map_decode(map.data, map.len, all, 16), WK_COUNT(want));
    cr_expect(memcmp(all, want, sizeof(want)) == 0);
    wk_buf_fini(&map);
}

Test(line_map, is_safe_with_any_bytes)
{
    uint32_t lines[8];

    cr_expect_eq(wk_line_map_find("", 0, 3), 0);
    cr_expect_eq(wk_line_map_find("\x01", 1, 1), 0, "before line 0");
    wk_line_map_find("\xff\xff\xff\xff\xff\xff\xff", 7, 2);
    cr_expect_leq(wk_line_map_decode("\xff\x80\x80\x80\x80\x80\x01\x02", 8, lines, 8), 8);
}
