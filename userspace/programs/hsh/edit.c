/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "edit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define CTRL(letter) ((letter) & 31)

/* ---- History
 * --------------------------------------------------------------------------------------------------------
 */

void history_add(struct history *history, const char *line)
{
    const char *last = history_get(history, 0);
    if (line[strspn(line, " \t")] == '\0' || (last != NULL && strcmp(last, line) == 0))
        return;
    char *copy = strdup(line);
    if (copy == NULL)
        return; // a line not remembered is no harm
    free(history->lines[history->next]);
    history->lines[history->next] = copy;
    history->next = (history->next + 1) % EDIT_HISTORY_SIZE;
    history->count += history->count < EDIT_HISTORY_SIZE;
    history->total++;
}

const char *history_get(const struct history *history, unsigned back)
{
    if (back >= history->count)
        return NULL;
    return history->lines[(history->next + EDIT_HISTORY_SIZE - 1 - back) % EDIT_HISTORY_SIZE];
}

void history_clear(struct history *history)
{
    for (unsigned i = 0; i < EDIT_HISTORY_SIZE; i++)
        free(history->lines[i]);
    *history = (struct history){0};
}

/* ---- Keys
 * -----------------------------------------------------------------------------------------------------------
 */

enum decoder_state {
    STATE_PLAIN,
    STATE_ESCAPE,
    STATE_BRACKET, // ESC [
    STATE_LETTER,  // ESC O
};

static int letter_key(char letter, int modifier)
{
    switch (letter) {
    case 'A':
        return KEY_UP;
    case 'B':
        return KEY_DOWN;
    case 'C':
        return modifier > 1 ? KEY_WORD_RIGHT : KEY_RIGHT;
    case 'D':
        return modifier > 1 ? KEY_WORD_LEFT : KEY_LEFT;
    case 'H':
        return KEY_HOME;
    case 'F':
        return KEY_END;
    default:
        return KEY_NONE;
    }
}

static int number_key(int number)
{
    switch (number) {
    case 1:
    case 7:
        return KEY_HOME;
    case 4:
    case 8:
        return KEY_END;
    case 3:
        return KEY_DELETE;
    default:
        return KEY_NONE;
    }
}

static int decode_bracket(struct key_decoder *d, unsigned char byte)
{
    if (isdigit(byte)) {
        if (d->number < 1000)
            d->number = d->number * 10 + (byte - '0');
        return KEY_NONE;
    }
    if (byte == ';') {
        // The second number is the modifier; the first matters only for ~ keys, which have none
        // here.
        d->modifier = 1;
        d->number = 0;
        return KEY_NONE;
    }
    d->state = STATE_PLAIN;
    if (byte == '~')
        return number_key(d->number);
    return letter_key((char)byte, d->modifier ? d->number : 0);
}

static int decode_escape(struct key_decoder *d, unsigned char byte)
{
    d->state = STATE_PLAIN;
    d->number = 0;
    d->modifier = 0;
    if (byte == '[')
        d->state = STATE_BRACKET;
    else if (byte == 'O')
        d->state = STATE_LETTER;
    else if (byte == 'b')
        return KEY_WORD_LEFT;
    else if (byte == 'f')
        return KEY_WORD_RIGHT;
    return KEY_NONE;
}

int key_decode(struct key_decoder *decoder, unsigned char byte)
{
    switch (decoder->state) {
    case STATE_ESCAPE:
        return decode_escape(decoder, byte);
    case STATE_BRACKET:
        return decode_bracket(decoder, byte);
    case STATE_LETTER:
        decoder->state = STATE_PLAIN;
        return letter_key((char)byte, 0);
    default:
        if (byte != 27)
            return byte;
        decoder->state = STATE_ESCAPE;
        return KEY_NONE;
    }
}

/* ---- Editing
 * --------------------------------------------------------------------------------------------------------
 */

static int is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t edit_columns(const char *text, size_t at)
{
    size_t columns = 0;
    for (size_t i = 0; i < at; i++)
        columns += !is_continuation(text[i]);
    return columns;
}

void edit_begin(struct edit *edit, const struct history *history)
{
    *edit = (struct edit){.history = history, .browsing = -1};
}

static enum edit_result delete_between(struct edit *e, size_t from, size_t to)
{
    if (from == to)
        return EDIT_UNCHANGED;
    memmove(e->text + from, e->text + to, e->length - to + 1);
    e->length -= to - from;
    e->cursor = from;
    e->browsing = -1;
    return EDIT_CHANGED;
}

static enum edit_result insert(struct edit *e, const char *bytes, size_t n)
{
    if (n > EDIT_LINE_SIZE - 1 - e->length)
        return EDIT_UNCHANGED;
    memmove(e->text + e->cursor + n, e->text + e->cursor, e->length - e->cursor + 1);
    memcpy(e->text + e->cursor, bytes, n);
    e->length += n;
    e->cursor += n;
    e->browsing = -1;
    return EDIT_CHANGED;
}

int edit_replace(struct edit *edit, size_t from, const char *text)
{
    size_t n = strlen(text);
    if (edit->length - (edit->cursor - from) + n > EDIT_LINE_SIZE - 1)
        return 0;
    delete_between(edit, from, edit->cursor);
    insert(edit, text, n);
    return 1;
}

static size_t left_of(const struct edit *e)
{
    size_t at = e->cursor;
    while (at > 0 && is_continuation(e->text[--at])) {
    }
    return at;
}

static size_t right_of(const struct edit *e)
{
    size_t at = e->cursor;
    if (at < e->length)
        at++;
    while (at < e->length && is_continuation(e->text[at]))
        at++;
    return at;
}

static size_t word_left_of(const struct edit *e)
{
    size_t at = e->cursor;
    while (at > 0 && e->text[at - 1] == ' ')
        at--;
    while (at > 0 && e->text[at - 1] != ' ')
        at--;
    return at;
}

static size_t word_right_of(const struct edit *e)
{
    size_t at = e->cursor;
    while (at < e->length && e->text[at] == ' ')
        at++;
    while (at < e->length && e->text[at] != ' ')
        at++;
    return at;
}

static enum edit_result move(struct edit *e, size_t to)
{
    if (to == e->cursor)
        return EDIT_UNCHANGED;
    e->cursor = to;
    return EDIT_CHANGED;
}

static void show(struct edit *e, const char *text)
{
    e->length = strlen(text);
    if (e->length > EDIT_LINE_SIZE - 1)
        e->length = EDIT_LINE_SIZE - 1;
    memcpy(e->text, text, e->length);
    e->text[e->length] = '\0';
    e->cursor = e->length;
}

/* The next line, in steps of @by, that begins with what was typed. */
static enum edit_result browse(struct edit *e, int by)
{
    if (e->browsing < 0)
        memcpy(e->typed, e->text, sizeof e->typed);
    size_t n = strlen(e->typed);
    for (int back = e->browsing + by; back >= 0; back += by) {
        const char *line = history_get(e->history, (unsigned)back);
        if (line == NULL)
            return EDIT_UNCHANGED;
        if (strncmp(line, e->typed, n) == 0 && strcmp(line, e->text) != 0) {
            e->browsing = back;
            show(e, line);
            return EDIT_CHANGED;
        }
    }
    if (e->browsing < 0)
        return EDIT_UNCHANGED;
    e->browsing = -1;
    show(e, e->typed);
    return EDIT_CHANGED;
}

static enum edit_result swap_letters(struct edit *e)
{
    if (e->cursor == 0 || e->length < 2)
        return EDIT_UNCHANGED;
    size_t at = e->cursor < e->length ? e->cursor : e->cursor - 1;
    char c = e->text[at];
    e->text[at] = e->text[at - 1];
    e->text[at - 1] = c;
    e->cursor = at + 1;
    return EDIT_CHANGED;
}

static enum edit_result edit_control(struct edit *e, int key)
{
    switch (key) {
    case CTRL('a'):
        return move(e, 0);
    case CTRL('b'):
        return move(e, left_of(e));
    case CTRL('c'):
        return EDIT_CANCEL;
    case CTRL('d'):
        return e->length == 0 ? EDIT_END : delete_between(e, e->cursor, right_of(e));
    case CTRL('e'):
        return move(e, e->length);
    case CTRL('f'):
        return move(e, right_of(e));
    case CTRL('h'):
    case 127:
        return delete_between(e, left_of(e), e->cursor);
    case CTRL('i'):
        return EDIT_COMPLETE;
    case CTRL('j'):
    case CTRL('m'):
        return EDIT_DONE;
    case CTRL('k'):
        return delete_between(e, e->cursor, e->length);
    case CTRL('l'):
        return EDIT_CLEAR;
    case CTRL('n'):
        return browse(e, -1);
    case CTRL('p'):
        return browse(e, 1);
    case CTRL('t'):
        return swap_letters(e);
    case CTRL('u'):
        return delete_between(e, 0, e->cursor);
    case CTRL('w'):
        return delete_between(e, word_left_of(e), e->cursor);
    default:
        return EDIT_UNCHANGED;
    }
}

enum edit_result edit_key(struct edit *edit, int key)
{
    switch (key) {
    case KEY_NONE:
        return EDIT_UNCHANGED;
    case KEY_UP:
        return browse(edit, 1);
    case KEY_DOWN:
        return browse(edit, -1);
    case KEY_LEFT:
        return move(edit, left_of(edit));
    case KEY_RIGHT:
        return move(edit, right_of(edit));
    case KEY_HOME:
        return move(edit, 0);
    case KEY_END:
        return move(edit, edit->length);
    case KEY_DELETE:
        return delete_between(edit, edit->cursor, right_of(edit));
    case KEY_WORD_LEFT:
        return move(edit, word_left_of(edit));
    case KEY_WORD_RIGHT:
        return move(edit, word_right_of(edit));
    default:
        break;
    }
    if (key < 32 || key == 127)
        return edit_control(edit, key);
    char byte = (char)key;
    return insert(edit, &byte, 1);
}
