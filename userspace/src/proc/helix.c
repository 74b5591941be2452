/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* /proc/helix: what the module framework and the dispatcher print, as files. */
#include "proc/proc.h"

#include <helix/core/syscall.h>
#include <helix/modules/modules.h>

static void write_piece(void *writer, const char *text, size_t bytes)
{
    text_write_bytes(writer, text, bytes);
}

/* The context of each entry is what prints it. */
struct printer {
    void (*print)(const struct text_sink *sink);
};

static helix_status show_printed(struct text_writer *writer, void *context)
{
    const struct printer *printer = context;
    const struct text_sink sink = {.write = write_piece, .context = writer};
    printer->print(&sink);
    return HELIX_OK;
}

static void write_unknown(u64 number, u64 count, void *writer)
{
    text_write(writer, "%llu %llu\n", (unsigned long long)number, (unsigned long long)count);
}

static helix_status show_unknown_calls(struct text_writer *writer, void *unused)
{
    (void)unused;
    syscall_for_each_unknown(write_unknown, writer);
    return HELIX_OK;
}

void proc_helix_start(void)
{
    static struct printer modules = {proc_write_modules}, interfaces = {proc_write_interfaces},
                          init = {proc_write_init}, swaps = {proc_write_swaps},
                          state = {proc_write_state}, health = {proc_write_health};
    static struct proc_entry entries[] = {
        {.path = "helix/enosys", .mode = 0444, .show = show_unknown_calls},
        {.path = "helix/health", .mode = 0444, .show = show_printed, .context = &health},
        {.path = "helix/init", .mode = 0444, .show = show_printed, .context = &init},
        {.path = "helix/interfaces", .mode = 0444, .show = show_printed, .context = &interfaces},
        {.path = "helix/modules", .mode = 0444, .show = show_printed, .context = &modules},
        {.path = "helix/state", .mode = 0444, .show = show_printed, .context = &state},
        {.path = "helix/swaps", .mode = 0444, .show = show_printed, .context = &swaps},
    };
    for (size_t i = 0; i < array_count(entries); i++)
        proc_register(&entries[i]);
}
