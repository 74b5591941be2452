/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "jobs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

struct job *job_new(const char *text, size_t count)
{
    struct job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->members = calloc(count, sizeof *job->members);
    job->text = strdup(text);
    if (job->members == NULL || job->text == NULL) {
        job_free(job);
        return NULL;
    }
    return job;
}

void job_free(struct job *job)
{
    free(job->members);
    free(job->text);
    free(job);
}

void job_list_add(struct shell *shell, struct job *job)
{
    struct job **link = &shell->jobs;
    int number = 1;
    for (; *link != NULL; link = &(*link)->next)
        number = (*link)->number + 1;
    job->number = number;
    job->next = NULL;
    *link = job;
}

static void list_remove(struct shell *shell, const struct job *job)
{
    for (struct job **link = &shell->jobs; *link != NULL; link = &(*link)->next) {
        if (*link == job) {
            *link = job->next;
            return;
        }
    }
}

static int exit_status(int status)
{
    return WIFSIGNALED(status) ? RUN_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Note what waitpid said of one member. */
static void member_note(struct job *job, struct member *m, int status)
{
    if (WIFSTOPPED(status)) {
        job->stopped = 1;
    } else {
        m->status = status;
        m->ended = 1;
    }
}

static int all_ended(const struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        if (!job->members[i].ended)
            return 0;
    }
    return 1;
}

static void wait_members(struct job *job)
{
    for (size_t i = 0; i < job->count && !job->stopped; i++) {
        struct member *m = &job->members[i];
        while (!m->ended && !job->stopped) {
            int status;
            pid_t pid = waitpid(m->pid, &status, WUNTRACED);
            if (pid == m->pid)
                member_note(job, m, status);
            else if (errno != EINTR)
                m->ended = 1;
        }
    }
}

static void take_terminal(const struct shell *shell)
{
    if (shell->interactive)
        tcsetpgrp(STDIN_FILENO, shell->group);
}

static void say_signal(const struct shell *shell, int status)
{
    if (!shell->interactive || !WIFSIGNALED(status))
        return;
    int number = WTERMSIG(status);
    if (number == SIGINT)
        putchar('\n');
    else if (number != SIGPIPE)
        printf("%s\n", strsignal(number));
}

int job_wait(struct shell *shell, struct job *job)
{
    job->stopped = 0;
    wait_members(job);
    take_terminal(shell);
    if (job->stopped) {
        if (job->number == 0)
            job_list_add(shell, job);
        printf("\n[%d] stopped  %s\n", job->number, job->text);
        return RUN_SIGNAL + SIGTSTP;
    }
    int status = job->members[job->count - 1].status;
    say_signal(shell, status);
    list_remove(shell, job);
    job_free(job);
    return exit_status(status);
}

static void poll_members(struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        struct member *m = &job->members[i];
        int status;
        if (!m->ended && waitpid(m->pid, &status, WNOHANG | WUNTRACED) == m->pid)
            member_note(job, m, status);
    }
}

void jobs_report(struct shell *shell)
{
    for (struct job *job = shell->jobs, *next; job != NULL; job = next) {
        next = job->next;
        int was_stopped = job->stopped;
        poll_members(job);
        if (all_ended(job)) {
            int status = exit_status(job->members[job->count - 1].status);
            if (shell->interactive)
                printf("[%d] done (%d)  %s\n", job->number, status, job->text);
            list_remove(shell, job);
            job_free(job);
        } else if (job->stopped && !was_stopped) {
            printf("[%d] stopped  %s\n", job->number, job->text);
        }
    }
}

int jobs_list(struct shell *shell, int argc, char **argv)
{
    (void)argc;
    (void)argv;
    jobs_report(shell);
    for (const struct job *job = shell->jobs; job != NULL; job = job->next)
        printf("[%d] %s  %s\n", job->number, job->stopped ? "stopped" : "running", job->text);
    return 0;
}

/* The job an argument names (%2 or 2), or the last one. */
static struct job *job_named(struct shell *shell, int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : NULL;
    int number = name != NULL ? atoi(name + (*name == '%')) : 0;
    struct job *found = NULL;
    for (struct job *job = shell->jobs; job != NULL; job = job->next) {
        if (name == NULL || job->number == number)
            found = job;
    }
    if (found == NULL)
        fprintf(stderr, "%s: no such job\n", argv[0]);
    return found;
}

static void go_on(struct job *job)
{
    job->stopped = 0;
    kill(job->group > 0 ? -job->group : job->members[0].pid, SIGCONT);
}

int jobs_foreground(struct shell *shell, int argc, char **argv)
{
    struct job *job = job_named(shell, argc, argv);
    if (job == NULL)
        return RUN_FAILED;
    printf("%s\n", job->text);
    fflush(stdout);
    if (shell->interactive)
        tcsetpgrp(STDIN_FILENO, job->group);
    go_on(job);
    return job_wait(shell, job);
}

int jobs_background(struct shell *shell, int argc, char **argv)
{
    struct job *job = job_named(shell, argc, argv);
    if (job == NULL)
        return RUN_FAILED;
    go_on(job);
    printf("[%d] %s &\n", job->number, job->text);
    return 0;
}
