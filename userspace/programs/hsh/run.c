/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builtin.h"
#include "jobs.h"

/* A command with its words expanded. */
struct ready {
    char **argv;
    int argc;
    char **assignments; // "NAME=value" texts before the command, ended by NULL
    const struct redirection *const *redirections;
    const struct builtin *builtin;
};

static void complain(const char *about, int error)
{
    fprintf(stderr, "hsh: %s: %s\n", about, strerror(error));
}

static void make_ready(struct shell *shell, struct arena *arena, const struct command *command,
                       struct ready *ready)
{
    struct pointers fields = {.arena = arena};
    struct pointers assignments = {.arena = arena};
    size_t i = 0;
    for (; i < command->word_count && expand_assignment(command->words[i]) > 0; i++)
        pointers_add(&assignments, expand_single(arena, &shell->expand, command->words[i]));
    for (; i < command->word_count; i++)
        expand_word(&shell->expand, command->words[i], &fields);
    static char *none[1];
    *ready = (struct ready){
        .argv = fields.count > 0 ? (char **)fields.items : none,
        .argc = (int)fields.count,
        .assignments = assignments.count > 0 ? (char **)assignments.items : none,
        .redirections = (const struct redirection *const *)command->redirections,
    };
    if (fields.count > 0)
        ready->builtin = builtin_find(ready->argv[0]);
}

static void assign(char **assignments)
{
    for (; *assignments != NULL; assignments++) {
        char *value = strchr(*assignments, '=');
        *value = '\0';
        setenv(*assignments, value + 1, 1);
        *value = '=';
    }
}

/* ---- Redirections
 * ---------------------------------------------------------------------------------------------------
 */

static int open_target(const struct redirection *r, const char *path)
{
    switch (r->kind) {
    case REDIRECT_READ:
        return open(path, O_RDONLY | O_CLOEXEC);
    case REDIRECT_WRITE:
        return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    case REDIRECT_APPEND:
        return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    case REDIRECT_SAME:
        return fcntl(atoi(path), F_DUPFD_CLOEXEC, 0);
    }
    return -1;
}

struct saved {
    int fd;
    int copy; // -1: it was closed
};

static void save(struct arena *arena, struct pointers *undo, int fd)
{
    struct saved *saved = arena_take(arena, sizeof *saved);
    saved->fd = fd;
    saved->copy = fcntl(fd, F_DUPFD_CLOEXEC, 10);
    pointers_add(undo, saved);
}

/* 0 when all are in place. @undo keeps what was there before; NULL: it may be lost. */
static int redirect(struct shell *shell, struct arena *arena, const struct redirection *const *list,
                    struct pointers *undo)
{
    for (; *list != NULL; list++) {
        const char *target = expand_single(arena, &shell->expand, (*list)->target);
        int fd = open_target(*list, target);
        if (fd < 0) {
            complain(target, errno);
            return -1;
        }
        if (undo != NULL)
            save(arena, undo, (*list)->fd);
        // A descriptor that already is the right one only must not close on exec.
        if (fd == (*list)->fd) {
            fcntl(fd, F_SETFD, 0);
        } else {
            dup2(fd, (*list)->fd);
            close(fd);
        }
    }
    return 0;
}

static void restore(struct pointers *undo)
{
    while (undo->count > 0) {
        struct saved *saved = undo->items[--undo->count];
        if (saved->copy < 0) {
            close(saved->fd);
        } else {
            dup2(saved->copy, saved->fd);
            close(saved->copy);
        }
    }
}

/* ---- One command
 * ----------------------------------------------------------------------------------------------------
 */

static int run_builtin(struct shell *shell, const struct ready *ready)
{
    int status = ready->builtin->run(shell, ready->argc, ready->argv);
    if (fflush(stdout) != 0 && status == 0) {
        complain("standard output", errno);
        status = RUN_FAILED;
    }
    clearerr(stdout);
    return status;
}

/* In the shell itself: a built-in, assignments, or redirections alone. */
static int run_inside(struct shell *shell, struct arena *arena, const struct ready *ready)
{
    struct pointers undo = {.arena = arena};
    int status = RUN_FAILED;
    fflush(stdout);
    if (redirect(shell, arena, ready->redirections, &undo) == 0) {
        status = 0;
        if (ready->builtin != NULL)
            status = run_builtin(shell, ready);
        else
            assign(ready->assignments);
    }
    restore(&undo);
    return status;
}

static const int shell_ignores[] = {SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};

static void default_signals(void)
{
    for (size_t i = 0; i < sizeof shell_ignores / sizeof shell_ignores[0]; i++)
        signal(shell_ignores[i], SIG_DFL);
}

static _Noreturn void exec_program(char **argv)
{
    execvp(argv[0], argv);
    int error = errno;
    if (error == ENOENT && strchr(argv[0], '/') == NULL)
        fprintf(stderr, "hsh: %s: command not found\n", argv[0]);
    else
        complain(argv[0], error);
    _exit(error == ENOENT ? RUN_NOT_FOUND : RUN_NOT_RUNNABLE);
}

/* The rest of a child's life. */
static _Noreturn void run_child(struct shell *shell, struct arena *arena, const struct ready *ready)
{
    if (redirect(shell, arena, ready->redirections, NULL) != 0)
        _exit(RUN_FAILED);
    assign(ready->assignments);
    if (ready->argc == 0)
        _exit(0);
    if (ready->builtin == NULL)
        exec_program(ready->argv);
    shell->interactive = 0;
    int status = run_builtin(shell, ready);
    fflush(stderr);
    _exit(status);
}

/* ---- Pipelines
 * ------------------------------------------------------------------------------------------------------
 */

/* The descriptors a child gets, and one that only its parent or neighbour needs. -1: none. */
struct plumbing {
    int in;
    int out;
    int unused;
};

static void connect_pipes(const struct plumbing *plumbing)
{
    if (plumbing->in >= 0) {
        dup2(plumbing->in, STDIN_FILENO);
        close(plumbing->in);
    }
    if (plumbing->out >= 0) {
        dup2(plumbing->out, STDOUT_FILENO);
        close(plumbing->out);
    }
    if (plumbing->unused >= 0)
        close(plumbing->unused);
}

/* Both parent and child put the child into the group, so that neither depends on who runs first. */
static void enter_group(const struct shell *shell, pid_t pid, pid_t group, int background)
{
    if (!shell->interactive)
        return;
    pid_t leader = group > 0 ? group : pid;
    setpgid(pid, leader);
    if (!background)
        tcsetpgrp(STDIN_FILENO, leader);
}

static pid_t start(struct shell *shell, struct arena *arena, const struct ready *ready,
                   const struct plumbing *plumbing, pid_t group, int background)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        // SIGTTOU is still ignored here, so that a child outside the foreground group may take the
        // terminal.
        enter_group(shell, getpid(), group, background);
        default_signals();
        connect_pipes(plumbing);
        run_child(shell, arena, ready);
    }
    if (pid < 0)
        complain("fork", errno);
    else
        enter_group(shell, pid, group, background);
    return pid;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* Start all commands of a pipeline. 0, or -1 when one could not be started; those before it run on,
 * without a reader. */
static int start_all(struct shell *shell, struct arena *arena, const struct pipeline *pipeline,
                     struct job *job, int background)
{
    int in = -1;
    for (size_t i = 0; i < pipeline->count; i++) {
        int ends[2] = {-1, -1};
        struct ready ready;
        if (i + 1 < pipeline->count && pipe2(ends, O_CLOEXEC) != 0) {
            complain("pipe", errno);
            close_if_open(in);
            return -1;
        }
        make_ready(shell, arena, pipeline->commands[i], &ready);
        struct plumbing plumbing = {.in = in, .out = ends[1], .unused = ends[0]};
        pid_t pid = start(shell, arena, &ready, &plumbing, job->group, background);
        close_if_open(in);
        close_if_open(ends[1]);
        in = ends[0];
        if (pid < 0) {
            close_if_open(in);
            return -1;
        }
        if (shell->interactive && job->group == 0)
            job->group = pid;
        job->members[job->count++].pid = pid;
    }
    return 0;
}

static int run_job(struct shell *shell, struct arena *arena, const struct pipeline *pipeline,
                   const char *text)
{
    struct job *job = job_new(text, pipeline->count);
    if (job == NULL) {
        complain("job", ENOMEM);
        return RUN_FAILED;
    }
    int failed = start_all(shell, arena, pipeline, job, 0) != 0;
    if (job->count == 0) {
        job_free(job);
        return RUN_FAILED;
    }
    int status = job_wait(shell, job);
    return failed ? RUN_FAILED : status;
}

static int runs_inside(const struct shell *shell, const struct ready *ready)
{
    if (ready->argc == 0)
        return 1;
    if (ready->builtin == NULL || ready->assignments[0] != NULL)
        return 0;
    return !(shell->interactive && (ready->builtin->flags & BUILTIN_LONG));
}

static int run_pipeline(struct shell *shell, struct arena *arena, const struct pipeline *pipeline,
                        const char *text)
{
    if (pipeline->count == 1) {
        struct ready ready;
        make_ready(shell, arena, pipeline->commands[0], &ready);
        if (runs_inside(shell, &ready))
            return run_inside(shell, arena, &ready);
    }
    return run_job(shell, arena, pipeline, text);
}

static int run_and_or(struct shell *shell, struct arena *arena, const struct and_or *list)
{
    int status = 0;
    for (size_t i = 0; i < list->count && !shell->ended; i++) {
        enum joint joint = list->joints[i];
        if ((joint == JOINT_AND && status != 0) || (joint == JOINT_OR && status == 0))
            continue;
        status = run_pipeline(shell, arena, list->pipelines[i], list->source);
        shell->expand.status = status;
    }
    return status;
}

/* A list in the background is one child shell that runs it. */
static int run_background(struct shell *shell, struct arena *arena, const struct and_or *list)
{
    struct job *job = job_new(list->source, 1);
    if (job == NULL) {
        complain("job", ENOMEM);
        return RUN_FAILED;
    }
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        enter_group(shell, getpid(), 0, 1);
        default_signals();
        shell->interactive = 0;
        _exit(run_and_or(shell, arena, list));
    }
    if (pid < 0) {
        complain("fork", errno);
        job_free(job);
        return RUN_FAILED;
    }
    enter_group(shell, pid, 0, 1);
    job->group = shell->interactive ? pid : 0;
    job->members[job->count++].pid = pid;
    job_list_add(shell, job);
    if (shell->interactive)
        printf("[%d] %d\n", job->number, (int)pid);
    return 0;
}

int run_line(struct shell *shell, struct arena *arena, const struct line *line)
{
    int status = shell->expand.status;
    for (size_t i = 0; i < line->count && !shell->ended; i++) {
        const struct and_or *list = line->lists[i];
        status =
            list->background ? run_background(shell, arena, list) : run_and_or(shell, arena, list);
    }
    return shell->ended ? shell->expand.status : status;
}
