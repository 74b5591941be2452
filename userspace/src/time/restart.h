/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/thread.h>

/* Calls that restart_syscall(2) goes on with after a stop. Kept in restart_record.number. */
enum timed_call {
    TIMED_NONE,
    TIMED_SLEEP,     // words: 0 where the remaining time goes
    TIMED_FUTEX,     // words: address, expected value, bitset, shared
    TIMED_EPOLL,     // words: descriptor, where events go, how many at most
    TIMED_CPU_SLEEP, // words: where the remaining time goes, clock, its time to wait for
    TIMED_AIO,       // words: context, how many at least, at most, where events go
};

/* Fill the running thread's record and give SYSCALL_RESTART_TIMED. */
i64 restart_timed(enum timed_call call, nanos deadline, const u64 words[4]);

i64 aio_wait_restarted(const struct restart_record *record);
i64 epoll_wait_restarted(const struct restart_record *record);
i64 futex_wait_restarted(const struct restart_record *record);
i64 sleep_restarted(const struct restart_record *record);
i64 sleep_cpu_restarted(const struct restart_record *record);
