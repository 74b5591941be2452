/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "exec/script.h"

#include <helix/lib/compiler.h>

#include <helix/lib/string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t skip_blanks(const char *text, size_t at, size_t end)
{
    while (at < end && is_blank(text[at]))
        at++;
    return at;
}

static size_t word_end(const char *text, size_t at, size_t end)
{
    while (at < end && !is_blank(text[at]) && text[at] != '\0')
        at++;
    return at;
}

static void copy_text(char *to, const char *from, size_t bytes)
{
    memcpy(to, from, bytes);
    to[bytes] = '\0';
}

helix_status script_read_line(const char *head, size_t bytes, struct script_line *line_out)
{
    bytes = min(bytes, (size_t)SCRIPT_HEAD_BYTES - 1);
    if (bytes < 2 || head[0] != '#' || head[1] != '!')
        return HELIX_E_NOT_EXEC;
    const char *newline = memchr(head, '\n', bytes);
    size_t end = newline ? (size_t)(newline - head) : bytes;
    while (end > 2 && is_blank(head[end - 1]))
        end--;
    const size_t name = skip_blanks(head, 2, end);
    const size_t name_end = word_end(head, name, end);
    // Without a newline in reach, a name that runs to the end may go on beyond it.
    if (name == name_end || (!newline && name_end == bytes && bytes == SCRIPT_HEAD_BYTES - 1))
        return HELIX_E_NOT_EXEC;
    copy_text(line_out->interpreter, head + name, name_end - name);

    // All that follows is one argument, blanks inside included.
    const size_t argument = skip_blanks(head, name_end, end);
    const size_t length = strnlen(head + argument, end - argument);
    copy_text(line_out->argument, head + argument, length);
    line_out->have_argument = length > 0;
    return HELIX_OK;
}
