/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Limits of System V IPC, as /proc/sys/kernel shows them and Linux has them. */
#define SHM_MOST       4096u
#define SHM_BYTES_MOST (1ull << 39) // what a shared vm_object can hold
#define SHM_PAGES_MOST (1ull << 27)

#define SEM_SETS_MOST  32000u
#define SEM_EACH_MOST  32000u
#define SEM_ALL_MOST   1024000000u
#define SEM_CALL_MOST  500u
#define SEM_VALUE_MOST 32767

#define MSG_QUEUES_MOST 32000u
#define MSG_BYTES_MOST  8192u
#define MSG_QUEUE_BYTES 16384u
