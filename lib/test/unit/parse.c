/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <string.h>

#include <helix/lib/parse.h>
#include <helix/lib/test.h>

HELIX_TEST(parse, reads_numbers_and_refuses_overflow)
{
    u64 u;
    i64 i;
    EXPECT(t, parse_u64("18446744073709551615", &u) == HELIX_OK && u == UINT64_MAX);
    EXPECT(t, parse_u64("18446744073709551616", &u) == HELIX_E_RANGE);
    EXPECT(t, parse_u64("0xff", &u) == HELIX_OK && u == 255);
    EXPECT(t, parse_u64("0b101", &u) == HELIX_OK && u == 5);
    EXPECT(t, parse_u64("0o17", &u) == HELIX_OK && u == 15);
    EXPECT(t, parse_u64("010", &u) == HELIX_OK && u == 10);
    EXPECT(t, parse_u64("", &u) == HELIX_E_INVAL && parse_u64("0x", &u) == HELIX_E_INVAL);
    EXPECT(t, parse_u64("12a", &u) == HELIX_E_INVAL && parse_u64("-1", &u) == HELIX_E_INVAL);
    EXPECT(t, parse_i64("-9223372036854775808", &i) == HELIX_OK && i == INT64_MIN);
    EXPECT(t, parse_i64("9223372036854775808", &i) == HELIX_E_RANGE);
    EXPECT(t, parse_i64("+7", &i) == HELIX_OK && i == 7);
}

HELIX_TEST(parse, reads_sizes_with_units)
{
    u64 n;
    EXPECT(t, parse_size("64K", &n) == HELIX_OK && n == 65536);
    EXPECT(t, parse_size("2g", &n) == HELIX_OK && n == 2ull << 30);
    EXPECT(t, parse_size("0x10m", &n) == HELIX_OK && n == 16ull << 20);
    EXPECT(t, parse_size("16777216T", &n) == HELIX_E_RANGE);
    EXPECT(t, parse_size("K", &n) == HELIX_E_INVAL && parse_size("", &n) == HELIX_E_INVAL);
}

HELIX_TEST(parse, splits_a_command_line)
{
    const char *at = "console=ttyS0 quiet  foo=\"a b\" \"bar=c d\" x= -- sh";
    static const struct {
        const char *key;
        const char *value;
    } want[] = {{"console", "ttyS0"}, {"quiet", NULL}, {"foo", "a b"}, {"bar", "c d"}, {"x", ""},
                {"--", NULL},         {"sh", NULL}};
    char word[32];
    char *value;
    for (unsigned i = 0; i < 7; i++) {
        REQUIRE(t, parse_word_next(&at, word, sizeof word, &value) == HELIX_OK);
        EXPECT(t, strcmp(word, want[i].key) == 0);
        EXPECT(t, (value == NULL) == (want[i].value == NULL));
        EXPECT(t, value == NULL || strcmp(value, want[i].value) == 0);
    }
    EXPECT(t, parse_word_next(&at, word, sizeof word, &value) == HELIX_E_NO_DATA);
}

HELIX_TEST(parse, goes_on_after_a_word_that_does_not_fit)
{
    const char *at = "abcdefgh=ijkl x=\"open";
    char word[8];
    char *value;
    EXPECT(t, parse_word_next(&at, word, sizeof word, &value) == HELIX_E_TOO_BIG);
    EXPECT(t, parse_word_next(&at, word, sizeof word, &value) == HELIX_E_INVAL);
    EXPECT(t, parse_word_next(&at, word, sizeof word, &value) == HELIX_E_NO_DATA);
}

HELIX_TEST(parse, finds_the_last_value_of_a_word)
{
    const char *line = "a=1 helix.cmd=\"echo b=2; ls\" a=3 flag \"q=r s\"";
    char value[32];
    EXPECT(t, parse_word_find(line, "a", value, sizeof value) == HELIX_OK);
    EXPECT(t, strcmp(value, "3") == 0);
    EXPECT(t, parse_word_find(line, "helix.cmd", value, sizeof value) == HELIX_OK);
    EXPECT(t, strcmp(value, "echo b=2; ls") == 0);
    EXPECT(t, parse_word_find(line, "q", value, sizeof value) == HELIX_OK);
    EXPECT(t, strcmp(value, "r s") == 0);
    EXPECT(t, parse_word_find(line, "flag", value, sizeof value) == HELIX_OK && value[0] == 0);
    EXPECT(t, parse_word_find(line, "b", value, sizeof value) == HELIX_E_NOENT);
    EXPECT(t, parse_word_find(line, "helix.cmd", value, 4) == HELIX_E_TOO_BIG);
}

HELIX_TEST(parse, reads_words_for_yes_and_no)
{
    bool b = false;
    EXPECT(t, parse_bool("on", &b) == HELIX_OK && b);
    EXPECT(t, parse_bool("false", &b) == HELIX_OK && !b);
    EXPECT(t, parse_bool("maybe", &b) == HELIX_E_INVAL);
}
