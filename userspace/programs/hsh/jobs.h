/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "shell.h"

/*
 * A pipeline that was started: its processes and what is known of them.
 */
struct member {
    pid_t pid;
    int status; // of waitpid, once ended
    int ended;
};

struct job {
    struct job *next;
    int number; // 0 while it runs in the foreground and has never stopped
    pid_t group;
    struct member *members;
    size_t count;
    int stopped;
    char *text;
};

/* A job of @count processes to come, not in the list. NULL: no memory. */
struct job *job_new(const char *text, size_t count);
void job_free(struct job *job);
void job_list_add(struct shell *shell, struct job *job);

/* Wait in the foreground until it ends or stops; the status as $? has it. Frees it, or keeps it in
 * the list when it stopped. */
int job_wait(struct shell *shell, struct job *job);
