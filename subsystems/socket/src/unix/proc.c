/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* /proc/net/unix and the settings of AF_UNIX. */
#include <helix/vfs/special.h>

#include "unix.h"

enum {
    STATE_UNCONNECTED = 1,
    STATE_CONNECTED = 3,
    ACCEPTS = 0x10000,
};

/* A NUL of an abstract name shows as @, as Linux has it. */
static void write_name(struct text_writer *writer, const struct unix_name *name)
{
    u32 end = name->bytes;
    if (name->node != 0) {
        while (end > UNIX_PATH_AT && name->data[end - 1] == 0)
            end--;
    }
    text_write(writer, " ");
    for (u32 i = UNIX_PATH_AT; i < end; i++)
        text_write(writer, "%c", name->data[i] != 0 ? name->data[i] : '@');
}

static helix_status show_sockets(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer, "Num       RefCount Protocol Flags    Type St Inode Path\n");
    spin_lock(&unix_lock);
    list_for_each(struct unix_socket, own, &unix_sockets, all_link) {
        const struct file *file = READ_ONCE(own->socket.file);
        const u64 inode = file != NULL ? file->object.id : 0;
        text_write(writer, "%016x: %08X %08X %08X %04X %02X %5llu", 0u, ref_count(&own->references),
                   0u, own->state == UNIX_LISTENING ? ACCEPTS : 0u, own->socket.type,
                   own->state == UNIX_CONNECTED ? STATE_CONNECTED : STATE_UNCONNECTED,
                   (unsigned long long)inode);
        if (own->name != NULL)
            write_name(writer, own->name);
        text_write(writer, "\n");
    }
    spin_unlock(&unix_lock);
    return HELIX_OK;
}

static helix_status show_number(struct text_writer *writer, void *number)
{
    text_write(writer, "%u\n", (u32)(uintptr_t)number);
    return HELIX_OK;
}

static struct proc_entry entries[] = {
    {.path = "net/unix", .mode = 0444, .show = show_sockets},
    {.path = "sys/net/unix/max_dgram_qlen",
     .mode = 0444,
     .show = show_number,
     .context = (void *)(uintptr_t)UNIX_QUEUE_MOST},
    {.path = "sys/net/core/somaxconn",
     .mode = 0444,
     .show = show_number,
     .context = (void *)(uintptr_t)SOCKET_BACKLOG_MOST},
};

void unix_proc_start(void)
{
    for (size_t i = 0; i < array_count(entries); i++)
        proc_register(&entries[i]);
}
