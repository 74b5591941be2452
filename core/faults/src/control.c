/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/debug/symbol.h>
#include <helix/init/init.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>
#include <helix/memory/inject.h>
#include <helix/vfs/special.h>

static void show_site(uintptr_t site, u64 calls, void *context)
{
    char name[96];
    symbol_format(site, name, sizeof name);
    text_write(context, "%#lx %llu %s\n", (unsigned long)site, (unsigned long long)calls, name);
}

static helix_status show(struct text_writer *writer, void *context)
{
    (void)context;
    text_write(writer, "fired %llu\n", (unsigned long long)inject_fired());
    inject_for_each_site(show_site, writer);
    return HELIX_OK;
}

/* The word at *@text, cut off and NUL-terminated; *@text moves behind it. NULL: there is none. */
static char *next_word(char **text)
{
    char *word = *text;
    while (*word == ' ' || *word == '\n')
        word++;
    if (*word == '\0')
        return NULL;
    char *end = word;
    while (*end != '\0' && *end != ' ' && *end != '\n')
        end++;
    *text = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

static helix_status command(const char *first, const char *second)
{
    u64 site, number;
    if (strcmp(first, "off") == 0) {
        inject_fail_site(0, 0);
        inject_fail_nth(0);
        return HELIX_OK;
    }
    if (!second || parse_u64(second, &number) != HELIX_OK)
        return HELIX_E_INVAL;
    if (strcmp(first, "nth") == 0) {
        inject_fail_nth(number);
        return HELIX_OK;
    }
    if (parse_u64(first, &site) != HELIX_OK || site == 0)
        return HELIX_E_INVAL;
    inject_fail_site(site, number);
    return HELIX_OK;
}

static helix_status store(const char *text, size_t bytes, void *context)
{
    (void)context;
    char line[64];
    if (bytes >= sizeof line)
        return HELIX_E_INVAL;
    memcpy(line, text, bytes);
    line[bytes] = '\0';
    char *rest = line;
    const char *first = next_word(&rest);
    const char *second = first ? next_word(&rest) : NULL;
    return first ? command(first, second) : HELIX_E_INVAL;
}

static helix_status faults_start(void)
{
    static struct proc_entry entry = {
        .path = "helix/faults", .mode = 0600, .show = show, .store = store};
    proc_register(&entry);
    return HELIX_OK;
}
INIT_STEP(security, faults, .run = faults_start);
