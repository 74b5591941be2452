/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "terminal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "complete.h"

static void put(const char *text, size_t n)
{
    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return; // a terminal that is gone is noticed by the next read
        text += done;
        n -= (size_t)done;
    }
}

static void put_text(const char *text)
{
    put(text, strlen(text));
}

static size_t terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20)
        return 80;
    return size.ws_col;
}

/* The byte that begins column @column. */
static size_t byte_at_column(const char *text, size_t length, size_t column)
{
    size_t at = 0;
    while (at < length && edit_columns(text, at + 1) <= column)
        at++;
    return at;
}

static size_t room_behind(const char *prompt)
{
    return terminal_width() - strlen(prompt) - 1;
}

/* Draw prompt and line in one row; a long line scrolls sideways so that the cursor stays in sight.
 */
static void draw(const struct edit *e, const char *prompt)
{
    char row[EDIT_LINE_SIZE + 128];
    size_t room = room_behind(prompt);
    size_t cursor = edit_columns(e->text, e->cursor);
    size_t first = cursor > room ? cursor - room : 0;
    size_t from = byte_at_column(e->text, e->length, first);
    size_t to = byte_at_column(e->text, e->length, first + room);
    int n = snprintf(row, sizeof row, "\r%s%.*s\033[K", prompt, (int)(to - from), e->text + from);
    if (e->cursor < to)
        n += snprintf(row + n, sizeof row - (size_t)n, "\r\033[%zuC",
                      strlen(prompt) + cursor - first);
    put(row, (size_t)n);
}

/* Most keys add a character at the end: then that character is all there is to draw. */
static void draw_change(const struct edit *e, const char *prompt, int key)
{
    char byte = (char)key;
    int appended = key >= ' ' && key < 127 && e->cursor == e->length;
    if (appended && edit_columns(e->text, e->length) <= room_behind(prompt))
        put(&byte, 1);
    else
        draw(e, prompt);
}

static void list_names(const struct pointers *names)
{
    size_t widest = 0;
    for (size_t i = 0; i < names->count; i++) {
        size_t n = strlen(names->items[i]);
        widest = n > widest ? n : widest;
    }
    size_t columns = terminal_width() / (widest + 2);
    columns = columns > 0 ? columns : 1;
    put_text("\n");
    for (size_t i = 0; i < names->count; i++) {
        char cell[300];
        int last = (i + 1) % columns == 0 || i + 1 == names->count;
        int n = snprintf(cell, sizeof cell, "%-*s%s", (int)(last ? 0 : widest + 2),
                         (char *)names->items[i], last ? "\n" : "");
        put(cell, n < (int)sizeof cell ? (size_t)n : sizeof cell - 1);
    }
}

/* One tab goes as far as all candidates agree; when that is no further, it lists them. */
static void complete_here(const struct terminal *t, struct edit *e)
{
    struct arena arena = {0};
    struct completion c;
    complete(&arena, t->builtins, e->text, e->cursor, &c);
    if (c.common == NULL) {
        put_text("\a");
    } else {
        size_t n = strlen(c.common);
        int further = n != e->cursor - c.from || memcmp(c.common, e->text + c.from, n) != 0;
        if (further)
            edit_replace(e, c.from, c.common);
        else
            list_names(&c.names);
    }
    arena_free(&arena);
}

static int read_byte(unsigned char *byte_out)
{
    for (;;) {
        ssize_t n = read(STDIN_FILENO, byte_out, 1);
        if (n == 1)
            return 1;
        if (n < 0 && errno == EINTR)
            continue;
        return 0;
    }
}

/* Set raw mode; the settings from before. Output processing stays on, so that \n goes on meaning a
 * new line. */
static int make_raw(struct termios *before_out)
{
    if (tcgetattr(STDIN_FILENO, before_out) != 0)
        return 0;
    struct termios raw = *before_out;
    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    raw.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    return tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}

static enum terminal_result edit_loop(const struct terminal *t, const char *prompt, struct edit *e)
{
    struct key_decoder decoder = {0};
    unsigned char byte;
    draw(e, prompt);
    while (read_byte(&byte)) {
        int key = key_decode(&decoder, byte);
        if (key == KEY_NONE)
            continue;
        switch (edit_key(e, key)) {
        case EDIT_DONE:
            return TERMINAL_LINE;
        case EDIT_END:
            return TERMINAL_END;
        case EDIT_CANCEL:
            put_text("^C");
            return TERMINAL_CANCELLED;
        case EDIT_CLEAR:
            put_text("\033[H\033[2J");
            break;
        case EDIT_COMPLETE:
            complete_here(t, e);
            break;
        case EDIT_UNCHANGED:
            put_text("\a");
            continue;
        case EDIT_CHANGED:
            draw_change(e, prompt, key);
            continue;
        }
        draw(e, prompt);
    }
    return TERMINAL_END;
}

enum terminal_result terminal_read_line(const struct terminal *terminal, const char *prompt,
                                        char *to)
{
    struct termios before;
    struct edit e;
    int raw = make_raw(&before);
    edit_begin(&e, terminal->history);
    enum terminal_result result = edit_loop(terminal, prompt, &e);
    put_text("\n");
    if (raw)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    memcpy(to, e.text, e.length + 1);
    return result;
}
