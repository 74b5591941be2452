/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/compiler.h>

#include "proc/proc.h"

/* Limits of System V IPC, as /proc/sys/kernel shows and changes them; at first Linux's. */
enum ipc_setting {
    IPC_SHM_BYTES,
    IPC_SHM_PAGES,
    IPC_SHM_SEGMENTS,
    IPC_MSG_BYTES,
    IPC_MSG_QUEUE_BYTES,
    IPC_MSG_QUEUES,
    IPC_SETTINGS,
};
extern struct proc_tunable ipc_settings[IPC_SETTINGS];

enum sem_setting {
    SEM_SET_EACH,
    SEM_SET_ALL,
    SEM_SET_CALL,
    SEM_SET_SETS,
    SEM_SETTINGS,
};
extern u64 sem_settings[SEM_SETTINGS]; // "sem": all in one line

#define SHM_MOST       READ_ONCE(ipc_settings[IPC_SHM_SEGMENTS].value)
#define SHM_BYTES_MOST READ_ONCE(ipc_settings[IPC_SHM_BYTES].value)
#define SHM_PAGES_MOST READ_ONCE(ipc_settings[IPC_SHM_PAGES].value)

#define SEM_EACH_MOST  ((u32)READ_ONCE(sem_settings[SEM_SET_EACH]))
#define SEM_ALL_MOST   READ_ONCE(sem_settings[SEM_SET_ALL])
#define SEM_CALL_MOST  ((u32)READ_ONCE(sem_settings[SEM_SET_CALL]))
#define SEM_SETS_MOST  READ_ONCE(sem_settings[SEM_SET_SETS])
#define SEM_VALUE_MOST 32767

#define MSG_QUEUES_MOST READ_ONCE(ipc_settings[IPC_MSG_QUEUES].value)
#define MSG_BYTES_MOST  READ_ONCE(ipc_settings[IPC_MSG_BYTES].value)
#define MSG_QUEUE_BYTES READ_ONCE(ipc_settings[IPC_MSG_QUEUE_BYTES].value)

/* /proc/sysvipc and the settings. */
void ipc_proc_start(void);
helix_status shared_memory_show(struct text_writer *writer, void *unused);
helix_status semaphores_show(struct text_writer *writer, void *unused);
helix_status messages_show(struct text_writer *writer, void *unused);
