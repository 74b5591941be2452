/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "parse.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <helix/lib/test.h>

#include "complete.h"
#include "expand.h"

static struct arena arena;

static struct line *parse(const char *source)
{
    const char *error;
    return parse_line(&arena, source, &error);
}

HELIX_TEST(parse, finds_lists_pipelines_and_joints)
{
    struct line *line = parse("a 1 | b && c || d; e & # comment");
    REQUIRE(t, line != NULL && line->count == 2);
    struct and_or *list = line->lists[0];
    EXPECT(t, list->count == 3 && !list->background);
    EXPECT(t, list->joints[1] == JOINT_AND && list->joints[2] == JOINT_OR);
    EXPECT(t, list->pipelines[0]->count == 2);
    struct command *first = list->pipelines[0]->commands[0];
    EXPECT(t,
           first->word_count == 2 && strcmp(first->words[1], "1") == 0 && first->words[2] == NULL);
    EXPECT(t, line->lists[1]->background && strcmp(line->lists[1]->source, "e ") == 0);
    arena_free(&arena);
}

HELIX_TEST(parse, keeps_quotes_in_words_and_ends_them_rightly)
{
    struct line *line = parse("echo 'a b;c'\"d \\\" e\"\\ f>out");
    REQUIRE(t, line != NULL);
    struct command *command = line->lists[0]->pipelines[0]->commands[0];
    EXPECT(t, command->word_count == 2);
    EXPECT(t, strcmp(command->words[1], "'a b;c'\"d \\\" e\"\\ f") == 0);
    EXPECT(t, strcmp(command->redirections[0]->target, "out") == 0);
    arena_free(&arena);
}

HELIX_TEST(parse, reads_redirections)
{
    struct line *line = parse("cmd <in >out 2>>err 2>&1 3 >x");
    REQUIRE(t, line != NULL);
    struct command *command = line->lists[0]->pipelines[0]->commands[0];
    struct redirection **r = command->redirections;
    EXPECT(t, r[0]->kind == REDIRECT_READ && r[0]->fd == 0 && strcmp(r[0]->target, "in") == 0);
    EXPECT(t, r[1]->kind == REDIRECT_WRITE && r[1]->fd == 1);
    EXPECT(t, r[2]->kind == REDIRECT_APPEND && r[2]->fd == 2);
    EXPECT(t, r[3]->kind == REDIRECT_SAME && r[3]->fd == 2 && strcmp(r[3]->target, "1") == 0);
    EXPECT(t, r[4]->fd == 1 && r[5] == NULL && command->word_count == 2);
    arena_free(&arena);
}

HELIX_TEST(parse, refuses_what_makes_no_sense)
{
    static const char *const wrong[] = {"'open",   "\"open", "| a",       "a |",
                                        "a && ",   "&& a",   "a ; ; b",   "a >",
                                        "a > | b", "a >&x",  "a || || b", "&"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *error = NULL;
        EXPECT(t, parse_line(&arena, wrong[i], &error) == NULL && error != NULL);
    }
    EXPECT(t, parse("")->count == 0 && parse("  # only a comment")->count == 0);
    arena_free(&arena);
}

static char *arguments[] = {"script", "one", "two words", NULL};

/* The fields of @word, joined by '|'. */
static const char *expand(const char *word)
{
    static char joined[256];
    struct expand_context context = {.status = 7, .arguments = arguments};
    struct pointers fields = {.arena = &arena};
    expand_word(&context, word, &fields);
    joined[0] = '\0';
    for (size_t i = 0; i < fields.count; i++) {
        strcat(joined, fields.items[i]);
        strcat(joined, "|");
    }
    arena_free(&arena);
    return joined;
}

HELIX_TEST(expand, takes_quotes_away_and_values_in)
{
    setenv("NAME", "a  b", 1);
    setenv("EMPTY", "", 1);
    setenv("HOME", "/home", 1);
    static const struct {
        const char *word;
        const char *want;
    } cases[] = {
        {"plain", "plain|"},
        {"'$NAME'", "$NAME|"},
        {"\"$NAME\"", "a  b|"},
        {"$NAME", "a|b|"},
        {"x${NAME}y", "xa|by|"},
        {"$EMPTY", ""},
        {"\"$EMPTY\"", "|"},
        {"''", "|"},
        {"$NONE-", "-|"},
        {"$?", "7|"},
        {"$#", "2|"},
        {"$1", "one|"},
        {"$2", "two|words|"},
        {"\"$2\"", "two words|"},
        {"\"$@\"", "one|two words|"},
        {"$9", ""},
        {"a\\ b\\$c", "a b$c|"},
        {"\"\\\"\\$\\x\"", "\"$\\x|"},
        {"$", "$|"},
        {"${", "${|"},
        {"~/x", "/home/x|"},
        {"x~", "x~|"},
        {"nothing*here?", "nothing*here?|"},
        {"'*'", "*|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        EXPECT(t, strcmp(expand(cases[i].word), cases[i].want) == 0);
}

HELIX_TEST(expand, matches_files_but_not_when_quoted)
{
    char folder[] = "/tmp/hsh-test-XXXXXX";
    REQUIRE(t, mkdtemp(folder) != NULL && chdir(folder) == 0);
    REQUIRE(t, symlink("x", "a1") == 0 && symlink("x", "a2") == 0);
    EXPECT(t, strcmp(expand("a*"), "a1|a2|") == 0);
    EXPECT(t, strcmp(expand("a[2]"), "a2|") == 0);
    EXPECT(t, strcmp(expand("'a'*"), "a1|a2|") == 0);
    EXPECT(t, strcmp(expand("'a*'"), "a*|") == 0);
    setenv("STAR", "a*", 1);
    EXPECT(t, strcmp(expand("$STAR"), "a1|a2|") == 0 && strcmp(expand("\"$STAR\""), "a*|") == 0);
    unlink("a1");
    unlink("a2");
    rmdir(folder);
}

static const char *const names[] = {"help", "history", "exit", NULL};

static struct completion completed(const char *line)
{
    struct completion c;
    complete(&arena, names, line, strlen(line), &c);
    return c;
}

HELIX_TEST(complete, knows_commands_from_paths)
{
    char folder[] = "/tmp/hsh-test-XXXXXX";
    REQUIRE(t, mkdtemp(folder) != NULL && chdir(folder) == 0);
    setenv("PATH", "/nowhere", 1);
    REQUIRE(t, symlink("x", "one file") == 0 && symlink("x", "one other") == 0 &&
                   symlink("/tmp", "zfolder") == 0);
    struct completion c = completed("h");
    EXPECT(t, c.names.count == 2 && strcmp(c.common, "h") == 0);
    EXPECT(t, strcmp(completed("a; hi").common, "history ") == 0 && completed("a; hi").from == 3);
    EXPECT(t, completed("xyz").common == NULL);
    EXPECT(t, strcmp(completed("cat o").common, "one\\ ") == 0);
    EXPECT(t, strcmp(completed("cat one\\ f").common, "one\\ file ") == 0);
    EXPECT(t, strcmp(completed("cat z").common, "zfolder/") == 0);
    EXPECT(t, strcmp(completed("a > z").common, "zfolder/") == 0);
    unlink("one file");
    unlink("one other");
    unlink("zfolder");
    rmdir(folder);
    arena_free(&arena);
}
