/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The limits of System V IPC, and what /proc shows of its objects. */
#include <helix/lib/string.h>

#include "ipc/ipc.h"
#include "ipc/limits.h"

#define SHARED_BYTES_MOST (1ull << 39) // what a shared vm_object can hold

struct proc_tunable ipc_settings[IPC_SETTINGS] = {
    [IPC_SHM_BYTES] = {"sys/kernel/shmmax", SHARED_BYTES_MOST, 0, SHARED_BYTES_MOST},
    [IPC_SHM_PAGES] = {"sys/kernel/shmall", SHARED_BYTES_MOST >> 12, 0, INT64_MAX},
    [IPC_SHM_SEGMENTS] = {"sys/kernel/shmmni", 4096, 0, IPC_OBJECTS_MOST},
    [IPC_MSG_BYTES] = {"sys/kernel/msgmax", 8192, 0, INT32_MAX},
    [IPC_MSG_QUEUE_BYTES] = {"sys/kernel/msgmnb", 16384, 0, INT32_MAX},
    [IPC_MSG_QUEUES] = {"sys/kernel/msgmni", 32000, 0, IPC_OBJECTS_MOST},
};
u64 sem_settings[SEM_SETTINGS] = {32000, 1024000000, 500, 32000};

static helix_status show_sem(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer, "%u\t%llu\t%u\t%llu\n", SEM_EACH_MOST, (unsigned long long)SEM_ALL_MOST,
               SEM_CALL_MOST, (unsigned long long)SEM_SETS_MOST);
    return HELIX_OK;
}

/* Up to four numbers; what is left out stays. */
static helix_status store_sem(const char *text, size_t bytes, void *unused)
{
    static const u64 most[SEM_SETTINGS] = {INT32_MAX, INT32_MAX, INT32_MAX, IPC_OBJECTS_MOST};
    u64 wanted[SEM_SETTINGS];
    unsigned count = 0;
    (void)unused;
    for (size_t at = 0; at < bytes && count < SEM_SETTINGS; count++) {
        size_t end = at;
        while (end < bytes && text[end] > ' ')
            end++;
        const helix_status status = proc_number(text + at, end - at, &wanted[count]);
        if (status != HELIX_OK || wanted[count] > most[count])
            return HELIX_E_INVAL;
        for (at = end; at < bytes && text[at] <= ' ';)
            at++;
    }
    for (unsigned i = 0; i < count; i++)
        WRITE_ONCE(sem_settings[i], wanted[i]);
    return HELIX_OK;
}

void ipc_proc_start(void)
{
    static struct proc_entry entries[] = {
        {.path = "sys/kernel/sem", .mode = 0644, .show = show_sem, .store = store_sem},
        {.path = "sysvipc/shm", .mode = 0444, .show = shared_memory_show},
        {.path = "sysvipc/sem", .mode = 0444, .show = semaphores_show},
        {.path = "sysvipc/msg", .mode = 0444, .show = messages_show},
    };
    static struct proc_entry settings[IPC_SETTINGS];
    proc_tunables_register(ipc_settings, settings, IPC_SETTINGS);
    for (size_t i = 0; i < array_count(entries); i++)
        proc_register(&entries[i]);
}
