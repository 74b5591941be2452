/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * The kernel's command line as init sees it, by Linux's rules: words that the kernel knows are its
 * own; of the others those with a value go to the environment and bare ones to the arguments, but
 * for names with a dot, which are settings of parts that are not there; everything after "--" is an
 * argument.
 */
#define BOOT_WORDS_MAX 32u

struct boot_words {
    const char *arguments[BOOT_WORDS_MAX + 2];   // [0] is the program; ends with NULL
    const char *environment[BOOT_WORDS_MAX + 1]; // ends with NULL
    unsigned argument_count, environment_count;
    bool overflow; // words were left out
};

/* Start with Linux's defaults; then one word after the other, which must stay valid. */
void boot_words_begin(struct boot_words *words);
void boot_words_add(struct boot_words *words, const char *word, bool after_dashes);
