/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* /proc/sys: the few settings of Linux that exist here, and the names of the system. */
#include "proc/proc.h"

#include <helix/capability/linux.h>
#include <helix/entropy/entropy.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>

#include "ipc/limits.h"
#include "system/names.h"
#include "task/tasks.h"

#define UUID_BYTES 37u

static helix_status show_text(struct text_writer *writer, void *text)
{
    text_write(writer, "%s\n", (const char *)text);
    return HELIX_OK;
}

static helix_status show_host_name(struct text_writer *writer, void *unused)
{
    char name[SYSTEM_NODE_BYTES];
    (void)unused;
    system_node_name(name, sizeof name);
    text_write(writer, "%s\n", name);
    return HELIX_OK;
}

static helix_status store_host_name(const char *text, size_t bytes, void *unused)
{
    (void)unused;
    const char *end = memchr(text, '\n', bytes);
    return task_capable(CAP_SYS_ADMIN)
               ? system_node_name_set(text, end ? (size_t)(end - text) : bytes)
               : HELIX_E_PERM;
}

static helix_status show_pid_limit(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer, "%u\n", pid_limit());
    return HELIX_OK;
}

static helix_status show_last_capability(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer, "%u\n", (unsigned)LINUX_CAPABILITIES - 1);
    return HELIX_OK;
}

/* A random number in the form of RFC 4122, version 4. */
static void make_uuid(char text[UUID_BYTES])
{
    u8 bytes[16];
    size_t used = 0;
    entropy_fill(bytes, sizeof bytes);
    bytes[6] = (u8)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (u8)((bytes[8] & 0x3f) | 0x80);
    for (unsigned i = 0; i < sizeof bytes; i++)
        used = lib_format_append(text, UUID_BYTES, used, "%s%02x",
                                 i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
}

static helix_status show_uuid(struct text_writer *writer, void *unused)
{
    char text[UUID_BYTES];
    (void)unused;
    make_uuid(text);
    text_write(writer, "%s\n", text);
    return HELIX_OK;
}

static char boot_id[UUID_BYTES]; // set once
static char system_name[] = SYSTEM_NAME, system_release[] = SYSTEM_RELEASE,
            system_version[] = SYSTEM_VERSION;
static char group_limit[] = "65536";
static char entropy_bits[] = "256"; // of the generator, once seeded

void proc_names_start(void)
{
    static struct proc_entry entries[] = {
        {.path = "sys/kernel/cap_last_cap", .mode = 0444, .show = show_last_capability},
        {.path = "sys/kernel/hostname",
         .mode = 0644,
         .show = show_host_name,
         .store = store_host_name},
        {.path = "sys/kernel/ngroups_max", .mode = 0444, .show = show_text, .context = group_limit},
        {.path = "sys/kernel/osrelease",
         .mode = 0444,
         .show = show_text,
         .context = system_release},
        {.path = "sys/kernel/ostype", .mode = 0444, .show = show_text, .context = system_name},
        {.path = "sys/kernel/pid_max", .mode = 0444, .show = show_pid_limit},
        {.path = "sys/kernel/random/boot_id", .mode = 0444, .show = show_text, .context = boot_id},
        {.path = "sys/kernel/random/entropy_avail",
         .mode = 0444,
         .show = show_text,
         .context = entropy_bits},
        {.path = "sys/kernel/random/uuid", .mode = 0444, .show = show_uuid},
        {.path = "sys/kernel/version", .mode = 0444, .show = show_text, .context = system_version},
    };
    make_uuid(boot_id);
    ipc_proc_start();
    for (size_t i = 0; i < array_count(entries); i++)
        proc_register(&entries[i]);
}
