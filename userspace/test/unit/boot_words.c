/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/lib/string.h>
#include <helix/lib/test.h>

#include "boot/words.h"

HELIX_TEST(boot_words, gives_init_what_the_kernel_does_not_know)
{
    struct boot_words words;
    boot_words_begin(&words);
    boot_words_add(&words, "console=ttyS0", false);
    boot_words_add(&words, "quiet", false);
    boot_words_add(&words, "single", false);
    boot_words_add(&words, "FOO=bar", false);
    boot_words_add(&words, "module.option=1", false);
    boot_words_add(&words, "quiet", true);
    boot_words_add(&words, "A=B", true);
    REQUIRE(t, words.argument_count == 4 && words.environment_count == 3);
    EXPECT(t, strcmp(words.arguments[1], "single") == 0);
    EXPECT(t, strcmp(words.arguments[2], "quiet") == 0);
    EXPECT(t, strcmp(words.arguments[3], "A=B") == 0 && words.arguments[4] == NULL);
    EXPECT(t, strcmp(words.environment[2], "FOO=bar") == 0 && words.environment[3] == NULL);
}

HELIX_TEST(boot_words, replaces_an_earlier_value)
{
    struct boot_words words;
    boot_words_begin(&words);
    boot_words_add(&words, "TERM=vt100", false);
    boot_words_add(&words, "TERMINAL=x", false);
    boot_words_add(&words, "TERMINAL=y", false);
    REQUIRE(t, words.environment_count == 3);
    EXPECT(t, strcmp(words.environment[1], "TERM=vt100") == 0);
    EXPECT(t, strcmp(words.environment[2], "TERMINAL=y") == 0);
}

HELIX_TEST(boot_words, leaves_out_what_does_not_fit)
{
    struct boot_words words;
    boot_words_begin(&words);
    for (unsigned i = 0; i < 2 * BOOT_WORDS_MAX; i++)
        boot_words_add(&words, "word", true);
    EXPECT(t, words.overflow && words.argument_count == BOOT_WORDS_MAX + 1);
    EXPECT(t, words.arguments[BOOT_WORDS_MAX + 1] == NULL);
}
