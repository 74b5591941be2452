/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    struct arena *arena;
    const char *at;
    const char *error;
};

static int ends_word(char c)
{
    return c == '\0' || isspace((unsigned char)c) || strchr("|&;<>", c) != NULL;
}

static const char *quote_end(const char *at)
{
    char quote = *at++;
    for (; *at != '\0' && *at != quote; at++) {
        if (quote == '"' && *at == '\\' && at[1] != '\0')
            at++;
    }
    return *at == quote ? at + 1 : NULL;
}

const char *parse_word_end(const char *at)
{
    while (!ends_word(*at)) {
        if (*at == '\'' || *at == '"') {
            at = quote_end(at);
            if (at == NULL)
                return NULL;
        } else {
            at += *at == '\\' && at[1] != '\0' ? 2 : 1;
        }
    }
    return at;
}

static void skip_space(struct parser *p)
{
    while (isspace((unsigned char)*p->at))
        p->at++;
    if (*p->at == '#')
        p->at += strlen(p->at);
}

static int take_operator(struct parser *p, const char *text)
{
    size_t n = strlen(text);
    skip_space(p);
    if (strncmp(p->at, text, n) != 0)
        return 0;
    p->at += n;
    return 1;
}

static char *take_word(struct parser *p)
{
    skip_space(p);
    const char *end = parse_word_end(p->at);
    if (end == NULL) {
        p->error = "a quote is not closed";
        return NULL;
    }
    char *word = arena_text(p->arena, p->at, (size_t)(end - p->at));
    p->at = end;
    return word;
}

/* True at "<", ">" or digits right before one of them. */
static int at_redirection(const char *at)
{
    while (isdigit((unsigned char)*at))
        at++;
    return *at == '<' || *at == '>';
}

static void set_kind(struct parser *p, struct redirection *r)
{
    int explicit_fd = isdigit((unsigned char)*p->at);
    if (explicit_fd)
        r->fd = (int)strtol(p->at, (char **)&p->at, 10);
    char c = *p->at++;
    if (!explicit_fd)
        r->fd = c == '>';
    r->kind = c == '>' ? REDIRECT_WRITE : REDIRECT_READ;
    if (c == '>' && *p->at == '>') {
        r->kind = REDIRECT_APPEND;
        p->at++;
    } else if (*p->at == '&') {
        r->kind = REDIRECT_SAME;
        p->at++;
    }
}

static struct redirection *take_redirection(struct parser *p)
{
    struct redirection *r = arena_take(p->arena, sizeof *r);
    set_kind(p, r);
    r->target = take_word(p);
    if (r->target != NULL && r->target[0] == '\0')
        p->error = "a redirection has no target";
    if (r->target != NULL && r->kind == REDIRECT_SAME && !isdigit((unsigned char)r->target[0]))
        p->error = ">& wants the number of a descriptor";
    return r;
}

static struct command *take_command(struct parser *p)
{
    struct pointers words = {.arena = p->arena};
    struct pointers redirections = {.arena = p->arena};
    for (;;) {
        skip_space(p);
        if (at_redirection(p->at))
            pointers_add(&redirections, take_redirection(p));
        else if (!ends_word(*p->at))
            pointers_add(&words, take_word(p));
        else
            break;
        if (p->error != NULL)
            return NULL;
    }
    if (words.count == 0 && redirections.count == 0)
        return NULL;
    struct command *command = arena_take(p->arena, sizeof *command);
    static void *none[1];
    command->words = (char **)(words.count > 0 ? words.items : none);
    command->word_count = words.count;
    command->redirections =
        (struct redirection **)(redirections.count > 0 ? redirections.items : none);
    return command;
}

static int at_pipe(struct parser *p)
{
    skip_space(p);
    return p->at[0] == '|' && p->at[1] != '|';
}

static struct pipeline *take_pipeline(struct parser *p)
{
    struct pointers commands = {.arena = p->arena};
    for (;;) {
        struct command *command = take_command(p);
        if (command == NULL) {
            if (p->error == NULL)
                p->error = "a command is missing";
            return NULL;
        }
        pointers_add(&commands, command);
        if (!at_pipe(p))
            break;
        p->at++;
    }
    struct pipeline *pipeline = arena_take(p->arena, sizeof *pipeline);
    pipeline->commands = (struct command **)commands.items;
    pipeline->count = commands.count;
    return pipeline;
}

static enum joint take_joint(struct parser *p)
{
    if (take_operator(p, "&&"))
        return JOINT_AND;
    return take_operator(p, "||") ? JOINT_OR : JOINT_FIRST;
}

static struct and_or *take_and_or(struct parser *p)
{
    struct and_or *list = arena_take(p->arena, sizeof *list);
    struct pointers pipelines = {.arena = p->arena};
    enum joint *joints = arena_take(p->arena, (strlen(p->at) + 1) * sizeof *joints);
    const char *start = p->at;
    enum joint joint = JOINT_FIRST;
    do {
        joints[pipelines.count] = joint;
        struct pipeline *pipeline = take_pipeline(p);
        if (pipeline == NULL)
            return NULL;
        pointers_add(&pipelines, pipeline);
        joint = take_joint(p);
    } while (joint != JOINT_FIRST);
    list->source = arena_text(p->arena, start, (size_t)(p->at - start));
    list->pipelines = (struct pipeline **)pipelines.items;
    list->joints = joints;
    list->count = pipelines.count;
    list->background = take_operator(p, "&");
    if (!list->background)
        take_operator(p, ";");
    return list;
}

struct line *parse_line(struct arena *arena, const char *source, const char **error_out)
{
    struct parser p = {.arena = arena, .at = source};
    struct pointers lists = {.arena = arena};
    for (skip_space(&p); *p.at != '\0'; skip_space(&p)) {
        struct and_or *list = take_and_or(&p);
        if (list == NULL) {
            *error_out = p.error;
            return NULL;
        }
        pointers_add(&lists, list);
    }
    struct line *line = arena_take(arena, sizeof *line);
    line->lists = (struct and_or **)lists.items;
    line->count = lists.count;
    return line;
}
