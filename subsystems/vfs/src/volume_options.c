/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "volume_options.h"

#include <helix/hal/mmu.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>
#include <helix/memory/frame.h>

#define VALUE_MOST 24u

/* "64m", or "50%" of memory, in pages. */
static helix_status parse_pages(char *value, u64 *pages_out)
{
    u64 number;
    size_t length = strlen(value);
    bool percent = length > 0 && value[length - 1] == '%';
    if (percent)
        value[length - 1] = '\0';
    helix_status st = parse_size(value, &number);
    if (st != HELIX_OK || number > UINT64_MAX - PAGE_SIZE)
        return HELIX_E_INVAL;
    struct memory_counts counts;
    memory_counts(&counts);
    *pages_out = percent ? counts.total * min(number, (u64)1000) / 100
                         : (number + PAGE_SIZE - 1) / PAGE_SIZE;
    return HELIX_OK;
}

static helix_status parse_octal(const char *value, u32 *mode_out)
{
    u32 mode = 0;
    if (*value == '\0')
        return HELIX_E_INVAL;
    for (; *value != '\0'; value++) {
        if (*value < '0' || *value > '7' || mode > 07777)
            return HELIX_E_INVAL;
        mode = mode << 3 | (u32)(*value - '0');
    }
    *mode_out = mode & 07777;
    return HELIX_OK;
}

static helix_status parse_id(const char *value, u32 *id_out)
{
    u64 number;
    if (parse_u64(value, &number) != HELIX_OK || number >= UINT32_MAX)
        return HELIX_E_INVAL;
    *id_out = (u32)number;
    return HELIX_OK;
}

static helix_status take(struct volume_options *options, const char *name, char *value)
{
    if (strcmp(name, "size") == 0) {
        options->has_pages = true;
        return parse_pages(value, &options->pages);
    }
    if (strcmp(name, "nr_blocks") == 0) {
        options->has_pages = true;
        return parse_size(value, &options->pages) == HELIX_OK ? HELIX_OK : HELIX_E_INVAL;
    }
    if (strcmp(name, "nr_inodes") == 0) {
        options->has_inodes = true;
        return parse_size(value, &options->inodes) == HELIX_OK ? HELIX_OK : HELIX_E_INVAL;
    }
    if (strcmp(name, "mode") == 0) {
        options->has_mode = true;
        return parse_octal(value, &options->mode);
    }
    if (strcmp(name, "uid") == 0) {
        options->has_uid = true;
        return parse_id(value, &options->uid);
    }
    if (strcmp(name, "gid") == 0) {
        options->has_gid = true;
        return parse_id(value, &options->gid);
    }
    // Where memory comes from and how wide inode numbers are: as it is.
    static const char *const ignored[] = {"huge", "mpol", "inode32", "inode64"};
    for (size_t i = 0; i < array_count(ignored); i++)
        if (strcmp(name, ignored[i]) == 0)
            return HELIX_OK;
    return HELIX_E_INVAL;
}

/* The word at *@text, without its comma, in @word; its value begins behind the '='. */
static helix_status next_word(const char **text, char word[2 * VALUE_MOST], char **value_out)
{
    const char *end = strchr(*text, ',');
    size_t length = end != NULL ? (size_t)(end - *text) : strlen(*text);
    if (length >= 2 * VALUE_MOST)
        return HELIX_E_INVAL;
    memcpy(word, *text, length);
    word[length] = '\0';
    *text += length + (end != NULL);
    char *equals = strchr(word, '=');
    *value_out = equals != NULL ? equals + 1 : word + length;
    if (equals != NULL)
        *equals = '\0';
    return HELIX_OK;
}

helix_status volume_options_parse(const char *text, struct volume_options *options_out)
{
    *options_out = (struct volume_options){.mode = 0};
    while (*text != '\0') {
        char word[2 * VALUE_MOST];
        char *value;
        helix_status st = next_word(&text, word, &value);
        if (st == HELIX_OK && word[0] != '\0')
            st = take(options_out, word, value);
        if (st != HELIX_OK)
            return st;
    }
    return HELIX_OK;
}
