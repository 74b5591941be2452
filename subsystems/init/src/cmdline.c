/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The command line, cut into words once. Words are kept in one buffer, each ended by NUL. */
#include <helix/abi/boot_info.h>
#include <helix/init/init.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>
#include <helix/profile.h>

#define WORDS_MOST 256

static const struct boot_info *boot_info;
static char text[BOOT_CMDLINE_BYTES + sizeof HELIX_BOOT_CMDLINE];
static const char *words[WORDS_MOST];
static unsigned word_count;
static unsigned option_count; // words before "--"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copies one word without its quotes; an open quote reaches to the end of the line. */
static size_t copy_word(const char **from, char *to)
{
    size_t n = 0;
    bool quoted = false;
    for (; **from != '\0' && (quoted || !is_space(**from)); (*from)++) {
        if (**from == '"')
            quoted = !quoted;
        else
            to[n++] = **from;
    }
    to[n] = '\0';
    return n;
}

/* Appends the words of @line at text + @used; returns the new end. */
static size_t cut(const char *line, size_t used)
{
    bool dashes = false;
    for (;;) {
        while (is_space(*line))
            line++;
        if (*line == '\0' || word_count == WORDS_MOST)
            break;
        char *word = text + used;
        used += copy_word(&line, word) + 1;
        if (!dashes && strcmp(word, "--") == 0) {
            dashes = true;
            continue;
        }
        words[word_count++] = word;
        if (!dashes)
            option_count = word_count;
    }
    return used;
}

void init_set_boot_info(const struct boot_info *info)
{
    boot_info = info;
    word_count = 0;
    option_count = 0;
    size_t used = cut(HELIX_BOOT_CMDLINE, 0);
    (void)cut(info->cmdline, used);
}

const struct boot_info *init_boot_info(void)
{
    return boot_info;
}

const char *init_option(const char *name)
{
    size_t length = strlen(name);
    for (unsigned i = option_count; i-- > 0;) {
        if (strncmp(words[i], name, length) != 0)
            continue;
        if (words[i][length] == '=')
            return words[i] + length + 1;
        if (words[i][length] == '\0')
            return "";
    }
    return NULL;
}

bool init_option_number(const char *name, u64 *number_out)
{
    const char *value = init_option(name);
    return value != NULL && parse_u64(value, number_out) == HELIX_OK;
}

unsigned init_word_count(void)
{
    return word_count;
}

const char *init_word(unsigned index, bool *after_dashes_out)
{
    if (index >= word_count)
        return NULL;
    *after_dashes_out = index >= option_count;
    return words[index];
}
