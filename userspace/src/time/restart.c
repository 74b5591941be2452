/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "time/restart.h"

#include <helix/abi/linux.h>
#include <helix/core/syscall.h>
#include <helix/lib/string.h>

#include "calls.h"

i64 restart_timed(enum timed_call call, nanos deadline, const u64 words[4])
{
    struct restart_record *record = &thread_current()->restart;
    *record = (struct restart_record){.kind = RESTART_TIMED, .number = call, .deadline = deadline};
    memcpy(record->words, words, sizeof record->words);
    return SYSCALL_RESTART_TIMED;
}

/* The record is used once: a program that calls this by itself finds nothing to go on with. */
i64 sys_restart_syscall(const u64 *arguments)
{
    (void)arguments;
    const struct restart_record record = thread_current()->restart;
    thread_current()->restart = (struct restart_record){0};
    if (record.kind != RESTART_TIMED)
        return -LINUX_EINTR;
    switch ((enum timed_call)record.number) {
    case TIMED_SLEEP:
        return sleep_restarted(&record);
    case TIMED_FUTEX:
        return futex_wait_restarted(&record);
    case TIMED_EPOLL:
        return epoll_wait_restarted(&record);
    case TIMED_CPU_SLEEP:
        return sleep_cpu_restarted(&record);
    case TIMED_AIO:
        return aio_wait_restarted(&record);
    case TIMED_NONE:
        break;
    }
    return -LINUX_EINTR;
}
