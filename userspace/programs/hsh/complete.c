/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "complete.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the word before the cursor begins, and whether a command stands there. */
static size_t word_start(const char *line, size_t cursor, int *is_command_out)
{
    size_t start = 0;
    int command = 1;
    char quote = '\0';
    for (size_t i = 0; i < cursor; i++) {
        char c = line[i];
        if (quote != '\0') {
            quote = c == quote ? '\0' : quote;
        } else if (c == '\\' && i + 1 < cursor) {
            i++;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (strchr("|&;", c) != NULL) {
            start = i + 1;
            command = 1;
        } else if (isspace((unsigned char)c) || c == '<' || c == '>') {
            if (i > start || c == '<' || c == '>')
                command = 0;
            start = i + 1;
        }
    }
    *is_command_out = command;
    return start;
}

/* The word without quotes and backslashes. */
static char *plain(struct arena *arena, const char *from, size_t n)
{
    struct text text = {.arena = arena};
    for (size_t i = 0; i < n; i++) {
        if (from[i] == '\\' && i + 1 < n)
            text_add(&text, from[++i]);
        else if (from[i] != '\'' && from[i] != '"')
            text_add(&text, from[i]);
    }
    return text.length > 0 ? text.bytes : arena_text(arena, "", 0);
}

static int begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static int is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

static char *join(struct arena *arena, const char *folder, const char *name)
{
    struct text text = {.arena = arena};
    text_add_all(&text, folder);
    text_add_all(&text, name);
    return text.bytes;
}

/* Names in @folder that begin with @with; each gets @prefix in front. Programs only: regular files
 * that can be run. */
static void add_names(struct completion *c, const char *folder, const char *prefix,
                      const char *with, int programs_only)
{
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return;
    struct dirent *entry;
    struct arena *arena = c->names.arena;
    while ((entry = readdir(dir)) != NULL) {
        const char *name = entry->d_name;
        if (!begins(name, with) || (name[0] == '.' && with[0] != '.'))
            continue;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        char *path = join(arena, join(arena, folder, "/"), name);
        int is_dir = is_folder(path);
        if (programs_only && (is_dir || access(path, X_OK) != 0))
            continue;
        char *whole = join(arena, prefix, name);
        pointers_add(&c->names, is_dir ? join(arena, whole, "/") : whole);
    }
    closedir(dir);
}

static void add_paths(struct completion *c, const char *word)
{
    struct arena *arena = c->names.arena;
    const char *slash = strrchr(word, '/');
    if (slash == NULL) {
        add_names(c, ".", "", word, 0);
        return;
    }
    char *prefix = arena_text(arena, word, (size_t)(slash - word) + 1);
    const char *home = getenv("HOME");
    char *folder = prefix;
    if (prefix[0] == '~' && prefix[1] == '/' && home != NULL)
        folder = join(arena, home, prefix + 1);
    add_names(c, folder, prefix, slash + 1, 0);
}

static void add_commands(struct completion *c, const char *const *builtins, const char *word)
{
    struct arena *arena = c->names.arena;
    for (; *builtins != NULL; builtins++) {
        if (begins(*builtins, word))
            pointers_add(&c->names, arena_text(arena, *builtins, strlen(*builtins)));
    }
    const char *path = getenv("PATH");
    while (path != NULL && *path != '\0') {
        size_t n = strcspn(path, ":");
        add_names(c, n > 0 ? arena_text(arena, path, n) : ".", "", word, 1);
        path += n + (path[n] == ':');
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void sort_and_drop_repeats(struct pointers *names)
{
    if (names->count == 0)
        return;
    qsort(names->items, names->count, sizeof names->items[0], compare_names);
    size_t kept = 1;
    for (size_t i = 1; i < names->count; i++) {
        if (strcmp(names->items[i], names->items[kept - 1]) != 0)
            names->items[kept++] = names->items[i];
    }
    names->count = kept;
    names->items[kept] = NULL;
}

static char *common_start(struct arena *arena, const struct pointers *names)
{
    const char *first = names->items[0];
    size_t n = strlen(first);
    for (size_t i = 1; i < names->count; i++) {
        const char *other = names->items[i];
        size_t k = 0;
        while (k < n && other[k] == first[k])
            k++;
        n = k;
    }
    struct text text = {.arena = arena};
    text_add_all(&text, "");
    for (size_t i = 0; i < n; i++) {
        if (strchr(" \t\\'\"$&;|<>*?[#", first[i]) != NULL)
            text_add(&text, '\\');
        text_add(&text, first[i]);
    }
    if (names->count == 1 && first[n - 1] != '/')
        text_add(&text, ' ');
    return text.length > 0 ? text.bytes : arena_text(arena, "", 0);
}

void complete(struct arena *arena, const char *const *builtins, const char *line, size_t cursor,
              struct completion *completion_out)
{
    struct completion c = {.names = {.arena = arena}};
    int is_command;
    c.from = word_start(line, cursor, &is_command);
    char *word = plain(arena, line + c.from, cursor - c.from);
    if (is_command && strchr(word, '/') == NULL)
        add_commands(&c, builtins, word);
    else
        add_paths(&c, word);
    sort_and_drop_repeats(&c.names);
    c.common = c.names.count > 0 ? common_start(arena, &c.names) : NULL;
    *completion_out = c;
}
