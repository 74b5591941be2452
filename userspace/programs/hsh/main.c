/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * hsh, the Helix shell. Reads lines from a terminal (with editing), from a file, from -c or from
 * standard input.
 */
#include "shell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builtin.h"
#include "kernel.h"
#include "parse.h"
#include "run.h"
#include "terminal.h"

#define PROMPT "helix> "

int shell_run(struct shell *shell, const char *text)
{
    struct arena arena = {0};
    const char *error = NULL;
    struct line *line = parse_line(&arena, text, &error);
    if (line == NULL) {
        fprintf(stderr, "hsh: %s\n", error);
        shell->expand.status = RUN_USAGE;
    } else {
        shell->expand.status = run_line(shell, &arena, line);
    }
    arena_free(&arena);
    return shell->expand.status;
}

static void banner(void)
{
    struct helix_user_kernel_info info;
    if (kernel_info(&info) == 0)
        printf("Helix %s (%s, profile %s)\n", info.version, info.arch, info.profile);
    printf("hsh %s: `help` lists the built-ins.\n", HELIX_PROGRAM_VERSION);
}

/* Own a process group and the terminal, so that jobs can be given it and it can be taken back. */
static void own_terminal(struct shell *shell)
{
    static const int ignored[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    setpgid(0, 0);
    shell->group = getpgrp();
    tcsetpgrp(STDIN_FILENO, shell->group);
}

static int interactive(struct shell *shell)
{
    struct terminal terminal = {.history = &shell->history, .builtins = builtin_names()};
    char line[EDIT_LINE_SIZE];
    shell->interactive = 1;
    own_terminal(shell);
    banner();
    while (!shell->ended) {
        jobs_report(shell);
        fflush(stdout);
        enum terminal_result result = terminal_read_line(&terminal, PROMPT, line);
        if (result == TERMINAL_END)
            break;
        if (result == TERMINAL_CANCELLED) {
            shell->expand.status = RUN_SIGNAL + SIGINT;
            continue;
        }
        history_add(&shell->history, line);
        shell_run(shell, line);
    }
    return shell->expand.status;
}

static int run_stream(struct shell *shell, FILE *stream)
{
    char *line = NULL;
    size_t size = 0;
    while (!shell->ended && getline(&line, &size, stream) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        shell_run(shell, line);
        jobs_report(shell);
    }
    free(line);
    return shell->expand.status;
}

static int run_file(struct shell *shell, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    FILE *stream = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (stream == NULL) {
        fprintf(stderr, "hsh: %s: %s\n", path, strerror(errno));
        return RUN_NOT_FOUND;
    }
    int status = run_stream(shell, stream);
    fclose(stream);
    return status;
}

static int run_lines_of(struct shell *shell, const char *text)
{
    FILE *stream = fmemopen((void *)text, strlen(text), "r");
    if (stream == NULL)
        return text[0] != '\0' ? RUN_FAILED : 0;
    int status = run_stream(shell, stream);
    fclose(stream);
    return status;
}

static int help(void)
{
    puts("usage: hsh [-c COMMAND | FILE] [ARGUMENT...]\n"
         "\n"
         "The Helix shell. Without arguments it reads commands from standard input, with line\n"
         "editing when that is a terminal. Its status is that of the last command; 2 for a line\n"
         "it cannot read. `help` inside lists the built-ins; man page: docs/hsh.md.");
    return 0;
}

int main(int argc, char **argv)
{
    static struct shell shell;
    shell.expand.arguments = argv;
    if (argc > 1 && strcmp(argv[1], "--help") == 0)
        return help();
    if (argc > 2 && strcmp(argv[1], "-c") == 0) {
        shell.expand.arguments = argc > 3 ? argv + 3 : argv + argc;
        return run_lines_of(&shell, argv[2]);
    }
    if (argc > 1 && argv[1][0] == '-') {
        fprintf(stderr, "hsh: unknown option %s (hsh --help)\n", argv[1]);
        return RUN_USAGE;
    }
    if (argc > 1) {
        shell.expand.arguments = argv + 1;
        return run_file(&shell, argv[1]);
    }
    return isatty(STDIN_FILENO) ? interactive(&shell) : run_stream(&shell, stdin);
}
