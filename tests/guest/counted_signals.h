/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <signal.h>

#include "check.h"

/* A handler that counts, and keeps what the last signal said. */
static volatile sig_atomic_t count;
static volatile siginfo_t last;

static void note(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    count++;
    last = *info;
}

static void install(int signal, int flags)
{
    struct sigaction action = {.sa_sigaction = note, .sa_flags = SA_SIGINFO | flags};
    CHECK(sigaction(signal, &action, NULL) == 0);
}
