/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "expand.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One word on its way: its text so far, and the same as a pattern in which quoted characters are
 * escaped. */
struct expansion {
    const struct expand_context *context;
    struct arena *arena;
    struct pointers *fields; // NULL: one field, no splitting, no matching
    struct text text;
    struct text pattern;
    int present; // the field exists, even when it is empty
    int wild;    // it has an unquoted * ? or [
};

static void add_quoted(struct expansion *e, char c)
{
    text_add(&e->text, c);
    if (strchr("*?[\\", c) != NULL)
        text_add(&e->pattern, '\\');
    text_add(&e->pattern, c);
    e->present = 1;
}

static void add_plain(struct expansion *e, char c)
{
    text_add(&e->text, c);
    text_add(&e->pattern, c);
    e->wild |= strchr("*?[", c) != NULL;
    e->present = 1;
}

static void match_files(struct expansion *e)
{
    glob_t found;
    if (glob(e->pattern.bytes, 0, NULL, &found) != 0) {
        pointers_add(e->fields, arena_text(e->arena, e->text.bytes, e->text.length));
        return;
    }
    for (size_t i = 0; i < found.gl_pathc; i++)
        pointers_add(e->fields, arena_text(e->arena, found.gl_pathv[i], strlen(found.gl_pathv[i])));
    globfree(&found);
}

static void end_field(struct expansion *e)
{
    if (!e->present)
        return;
    if (e->wild)
        match_files(e);
    else
        pointers_add(e->fields,
                     arena_text(e->arena, e->text.length > 0 ? e->text.bytes : "", e->text.length));
    e->text = (struct text){.arena = e->arena};
    e->pattern = (struct text){.arena = e->arena};
    e->present = 0;
    e->wild = 0;
}

static void add_value(struct expansion *e, const char *value, int quoted)
{
    for (; *value != '\0'; value++) {
        if (quoted || e->fields == NULL)
            add_quoted(e, *value);
        else if (isspace((unsigned char)*value))
            end_field(e);
        else
            add_plain(e, *value);
    }
}

static int argument_count(const struct expand_context *context)
{
    int n = 0;
    while (context->arguments != NULL && context->arguments[n] != NULL)
        n++;
    return n > 0 ? n - 1 : 0;
}

static void add_number(struct expansion *e, long number)
{
    char text[24];
    snprintf(text, sizeof text, "%ld", number);
    add_value(e, text, 1);
}

static void add_arguments(struct expansion *e, int quoted)
{
    int count = argument_count(e->context);
    for (int i = 1; i <= count; i++) {
        if (i > 1 && e->fields != NULL)
            end_field(e);
        else if (i > 1)
            add_quoted(e, ' ');
        add_value(e, e->context->arguments[i], quoted);
        e->present = 1;
    }
}

/* $? $$ $# $@ and digits; 0 when @c is none of them. */
static int add_special(struct expansion *e, char c, int quoted)
{
    if (c == '?')
        add_number(e, e->context->status);
    else if (c == '$')
        add_number(e, getpid());
    else if (c == '#')
        add_number(e, argument_count(e->context));
    else if (c == '@' || c == '*')
        add_arguments(e, quoted);
    else if (!isdigit((unsigned char)c))
        return 0;
    else if (e->context->arguments != NULL && c - '0' <= argument_count(e->context))
        add_value(e, e->context->arguments[c - '0'], quoted);
    return 1;
}

static size_t name_length(const char *at)
{
    size_t n = 0;
    if (isdigit((unsigned char)*at))
        return 0;
    while (isalnum((unsigned char)at[n]) || at[n] == '_')
        n++;
    return n;
}

static void add_variable(struct expansion *e, const char *name, size_t length, int quoted)
{
    const char *value = getenv(arena_text(e->arena, name, length));
    if (value != NULL)
        add_value(e, value, quoted);
}

/* @at stands on a $; returns behind what it means. */
static const char *expand_dollar(struct expansion *e, const char *at, int quoted)
{
    const char *name = at + 1;
    int braced = *name == '{';
    name += braced;
    size_t n = name_length(name);
    if (n > 0 && (!braced || name[n] == '}')) {
        add_variable(e, name, n, quoted);
        return name + n + braced;
    }
    if (*name != '\0' && (!braced || name[1] == '}') && add_special(e, *name, quoted))
        return name + 1 + braced;
    add_quoted(e, '$');
    return at + 1;
}

static const char *expand_double_quoted(struct expansion *e, const char *at)
{
    e->present = 1;
    for (at++; *at != '\0' && *at != '"';) {
        if (*at == '$') {
            at = expand_dollar(e, at, 1);
        } else {
            if (*at == '\\' && at[1] != '\0' && strchr("\"\\$`", at[1]) != NULL)
                at++;
            add_quoted(e, *at++);
        }
    }
    return at + (*at == '"');
}

static const char *expand_single_quoted(struct expansion *e, const char *at)
{
    e->present = 1;
    for (at++; *at != '\0' && *at != '\''; at++)
        add_quoted(e, *at);
    return at + (*at == '\'');
}

static void expand_all(struct expansion *e, const char *word)
{
    const char *home = getenv("HOME");
    if (word[0] == '~' && (word[1] == '\0' || word[1] == '/') && home != NULL) {
        add_value(e, home, 1);
        word++;
    }
    while (*word != '\0') {
        if (*word == '\'')
            word = expand_single_quoted(e, word);
        else if (*word == '"')
            word = expand_double_quoted(e, word);
        else if (*word == '$')
            word = expand_dollar(e, word, 0);
        else if (*word == '\\' && word[1] != '\0')
            add_quoted(e, word[1]), word += 2;
        else
            add_plain(e, *word++);
    }
}

void expand_word(const struct expand_context *context, const char *word, struct pointers *fields)
{
    struct arena *arena = fields->arena;
    struct expansion e = {.context = context,
                          .arena = arena,
                          .fields = fields,
                          .text = {.arena = arena},
                          .pattern = {.arena = arena}};
    expand_all(&e, word);
    end_field(&e);
}

char *expand_single(struct arena *arena, const struct expand_context *context, const char *word)
{
    struct expansion e = {
        .context = context, .arena = arena, .text = {.arena = arena}, .pattern = {.arena = arena}};
    expand_all(&e, word);
    return arena_text(arena, e.text.length > 0 ? e.text.bytes : "", e.text.length);
}

size_t expand_assignment(const char *word)
{
    size_t n = name_length(word);
    return n > 0 && word[n] == '=' ? n : 0;
}
