/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/abi/ksyms.h>
#include <helix/debug/log.h>
#include <helix/debug/symbol.h>
#include <helix/lib/string.h>
#include <helix/lib/test.h>

HELIX_TEST(log, keeps_records_in_order_with_their_time)
{
    struct log_record first;
    struct log_record second;
    u64 at = log_end();
    log_debug("test", "one %d", 1);
    log_debug("test", "two");
    REQUIRE(t, log_read(at, &first) && log_read(first.sequence + 1, &second));
    EXPECT(t, strcmp(first.text, "test: one 1") == 0 && first.level == LOG_DEBUG);
    EXPECT(t, first.length == strlen(first.text));
    EXPECT(t, second.time >= first.time);
    EXPECT(t, !log_read(log_end(), &first));
}

HELIX_TEST(log, gives_the_oldest_kept_record_for_one_that_is_gone)
{
    struct log_record record;
    u64 start = log_end();
    for (unsigned i = 0; i < 600; i++)
        log_debug("test", "record %u", i);
    REQUIRE(t, log_read(start, &record));
    EXPECT(t, record.sequence > start && record.sequence < log_end());
}

HELIX_TEST(symbol, names_functions_of_the_image)
{
    char text[64];
    struct symbol symbol;
    if (helix_ksyms.count == 0)
        return;
    REQUIRE(t, symbol_find((uintptr_t)&log_end, &symbol));
    EXPECT(t, strcmp(symbol.name, "log_end") == 0 && symbol.offset == 0);
    symbol_format((uintptr_t)&log_end + 1, text, sizeof text);
    EXPECT(t, strcmp(text, "log_end+0x1") == 0);
    EXPECT(t, !symbol_find(0x1000, &symbol));
}
