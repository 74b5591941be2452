/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "command.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static const char *word_end(const char *at)
{
    int quoted = 0;
    for (; *at != '\0' && (quoted || !is_space(*at)); at++)
        quoted ^= *at == '"';
    return at;
}

/* The text of a word from behind "key=" to @end without its quotes; its length, or @size when it
 * does not fit. */
static size_t copy_unquoted(const char *from, const char *end, char *to, size_t size)
{
    size_t n = 0;
    for (; from < end; from++) {
        if (*from == '"')
            continue;
        if (n + 1 >= size)
            return size;
        to[n++] = *from;
    }
    to[n] = '\0';
    return n;
}

int command_line_value(const char *line, const char *key, char *to, size_t size)
{
    size_t key_length = strlen(key);
    size_t found = 0;
    while (*line != '\0') {
        if (is_space(*line)) {
            line++;
            continue;
        }
        const char *end = word_end(line);
        const char *name = line + strspn(line, "\"");
        if ((size_t)(end - line) == 2 && memcmp(line, "--", 2) == 0)
            break; // the rest is for init itself
        if (strncmp(name, key, key_length) == 0 && name[key_length] == '=')
            found = copy_unquoted(name + key_length + 1, end, to, size);
        line = end;
    }
    return found > 0 && found < size;
}

static int read_command_line(char *to, size_t size)
{
    int fd = open("/proc/cmdline", O_RDONLY);
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, to, size - 1);
    close(fd);
    to[n > 0 ? n : 0] = '\0';
    return n > 0;
}

int command_from_host(char *to, size_t size)
{
    static char line[COMMAND_MAX];
    const char *given = getenv("HELIX_CMD");
    if (given != NULL && given[0] != '\0' && strlen(given) < size) {
        strcpy(to, given);
        unsetenv("HELIX_CMD");
        return 1;
    }
    return read_command_line(line, sizeof line) && command_line_value(line, "helix.cmd", to, size);
}
