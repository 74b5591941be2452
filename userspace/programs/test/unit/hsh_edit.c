/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "edit.h"

#include <string.h>

#include <helix/lib/test.h>

static struct history history;
static struct edit edit;
static struct key_decoder decoder;

/* Type @bytes, escape sequences too; what the last key did. */
static enum edit_result type(const char *bytes)
{
    enum edit_result result = EDIT_UNCHANGED;
    for (; *bytes != '\0'; bytes++) {
        int key = key_decode(&decoder, (unsigned char)*bytes);
        if (key != KEY_NONE)
            result = edit_key(&edit, key);
    }
    return result;
}

static int is(const char *text, size_t cursor)
{
    return strcmp(edit.text, text) == 0 && edit.length == strlen(text) && edit.cursor == cursor;
}

static void begin(void)
{
    edit_begin(&edit, &history);
    decoder = (struct key_decoder){0};
}

HELIX_TEST(edit, moves_and_deletes)
{
    begin();
    type("hello\x1b[D\x1b[D\x7f");
    EXPECT(t, is("helo", 2));
    type("\x01X\x05Y");
    EXPECT(t, is("XheloY", 6));
    type("\x1b[H\x1b[3~\x1b[F\x02\x0b");
    EXPECT(t, is("helo", 4));
    type("\x1bOH\x1b[C\x04");
    EXPECT(t, is("hlo", 1));
    EXPECT(t, type("\x15") == EDIT_CHANGED && is("lo", 0));
    EXPECT(t, type("\x7f") == EDIT_UNCHANGED && type("\x1b[D") == EDIT_UNCHANGED);
}

HELIX_TEST(edit, knows_words)
{
    begin();
    type("one two  three\x17");
    EXPECT(t, is("one two  ", 9));
    type("\x17");
    EXPECT(t, is("one ", 4));
    type("two\x1b"
         "b");
    EXPECT(t, is("one two", 4));
    type("\x1b[1;5D\x1b[1;5C");
    EXPECT(t, is("one two", 3));
    type("\x05\x14");
    EXPECT(t, is("one tow", 7));
}

HELIX_TEST(edit, steps_over_whole_characters)
{
    begin();
    type("a\xc3\xa4\xe2\x82\xac");
    EXPECT(t, edit_columns(edit.text, edit.length) == 3);
    type("\x1b[D\x7f");
    EXPECT(t, is("a\xe2\x82\xac", 1));
    type("\x1b[3~");
    EXPECT(t, is("a", 1));
}

HELIX_TEST(edit, tells_what_to_do)
{
    begin();
    EXPECT(t,
           type("\x04") == EDIT_END && type("\x03") == EDIT_CANCEL && type("\x0c") == EDIT_CLEAR);
    EXPECT(t, type("a\t") == EDIT_COMPLETE && type("\r") == EDIT_DONE && type("\n") == EDIT_DONE);
    EXPECT(t, type("\x1b[99~") == EDIT_UNCHANGED && is("a", 1));
}

HELIX_TEST(edit, holds_1024_characters_and_no_more)
{
    begin();
    for (int i = 0; i < 1024; i++)
        EXPECT(t, edit_key(&edit, 'x') == EDIT_CHANGED);
    EXPECT(t, edit_key(&edit, 'x') == EDIT_UNCHANGED && edit.length == 1024);
    EXPECT(t, edit_replace(&edit, 1020, "abcd") == 1 && edit_replace(&edit, 1020, "abcde") == 0);
    EXPECT(t, edit.length == 1024 && memcmp(edit.text + 1019, "xabcd", 6) == 0);
}

HELIX_TEST(history, keeps_the_last_hundred_without_repeats)
{
    char line[2] = "a";
    history_clear(&history);
    history_add(&history, "  ");
    EXPECT(t, history.count == 0);
    history_add(&history, "same");
    history_add(&history, "same");
    EXPECT(t, history.count == 1);
    for (int i = 0; i < 150; i++) {
        line[0] = (char)('a' + i % 26);
        history_add(&history, line);
    }
    EXPECT(t, history.count == 100 && history.total == 151);
    EXPECT(t, history_get(&history, 0)[0] == 'a' + 149 % 26);
    EXPECT(t, history_get(&history, 99)[0] == 'a' + 50 % 26 && history_get(&history, 100) == NULL);
    history_clear(&history);
}

HELIX_TEST(history, up_and_down_search_for_what_was_typed)
{
    history_clear(&history);
    history_add(&history, "cat one");
    history_add(&history, "echo two");
    history_add(&history, "cat three");
    begin();
    type("\x1b[A");
    EXPECT(t, is("cat three", 9));
    type("\x1b[A");
    EXPECT(t, is("echo two", 8));
    type("\x1b[B\x1b[B");
    EXPECT(t, is("", 0));
    type("cat\x1b[A\x10");
    EXPECT(t, is("cat one", 7));
    EXPECT(t, type("\x1b[A") == EDIT_UNCHANGED && is("cat one", 7));
    type("\x0e\x0e");
    EXPECT(t, is("cat", 3));
    history_clear(&history);
}
