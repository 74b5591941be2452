/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stddef.h>

/* The longest line that can be typed, and how many are remembered. */
#define EDIT_LINE_SIZE    1025 // with the NUL: 1024 characters
#define EDIT_HISTORY_SIZE 100

/* ---- What was typed before
 * ------------------------------------------------------------------------------------------ */
struct history {
    char *lines[EDIT_HISTORY_SIZE]; // a ring
    unsigned count;
    unsigned next;
    unsigned long total; // ever added: numbers the entries
};

/* Remember @line, unless it is blank or repeats the last one. */
void history_add(struct history *history, const char *line);

/* @back 0 is the last one; NULL past the oldest. */
const char *history_get(const struct history *history, unsigned back);
void history_clear(struct history *history);

/* ---- Keys from bytes
 * ------------------------------------------------------------------------------------------------
 */
enum key {
    KEY_NONE = -1, // more bytes are needed, or they mean nothing
    /* 0 to 255 are bytes as they are. */
    KEY_UP = 256,
    KEY_DOWN,
    KEY_LEFT,
    KEY_RIGHT,
    KEY_HOME,
    KEY_END,
    KEY_DELETE,
    KEY_WORD_LEFT,
    KEY_WORD_RIGHT,
};

struct key_decoder {
    int state;
    int number;
    int modifier;
};

/* Feed one byte; the key it completes. */
int key_decode(struct key_decoder *decoder, unsigned char byte);

/* ---- The line being typed
 * ------------------------------------------------------------------------------------------- */
struct edit {
    char text[EDIT_LINE_SIZE];
    size_t length;
    size_t cursor;
    const struct history *history;
    int browsing;               // how far back in the history; -1: not
    char typed[EDIT_LINE_SIZE]; // what was there when browsing began: up and down search for lines
                                // that begin so
};

enum edit_result {
    EDIT_CHANGED,
    EDIT_UNCHANGED, // nothing to draw; worth a bell
    EDIT_DONE,      // enter
    EDIT_END,       // ctrl-d on an empty line
    EDIT_CANCEL,    // ctrl-c
    EDIT_CLEAR,     // ctrl-l: clear the screen, keep the line
    EDIT_COMPLETE,  // tab
};

void edit_begin(struct edit *edit, const struct history *history);
enum edit_result edit_key(struct edit *edit, int key);

/* Put @text in place of the bytes from @from to the cursor. 0 when it does not fit. */
int edit_replace(struct edit *edit, size_t from, const char *text);

/* Columns that the text takes before byte @at. */
size_t edit_columns(const char *text, size_t at);
