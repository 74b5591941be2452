/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Any bytes are what a loader left in memory: every protocol refuses them or makes an
 * orderly boot_info of them. */
#include <stdlib.h>
#include <string.h>

#include <helix/boot/boot.h>

#include "direct.h"
#include "multiboot2.h"
#include "pvh.h"

#include "fuzz.h"

#define AT 8

static struct boot_info info;

/* The memory map is sorted and does not overlap, whatever was in the list. */
static void check(void)
{
    if (info.memory_count > BOOT_MEMORY_RANGES || info.module_count > BOOT_MODULES ||
        strnlen(info.cmdline, sizeof(info.cmdline)) == sizeof(info.cmdline))
        abort();
    for (unsigned i = 1; i < info.memory_count; i++)
        if (info.memory[i].base.raw < info.memory[i - 1].base.raw + info.memory[i - 1].bytes)
            abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t n)
{
    const char *why = NULL;
    u8 *memory = aligned_alloc(8, (AT + n + 7) & ~(size_t)7);
    const struct boot_window window = {.base = memory, .bytes = AT + n};
    memcpy(memory + AT, data, n);
    memset(&info, 0, sizeof(info));
    if (multiboot2_parse(&window, AT, &info, &why) == HELIX_OK)
        check();
    memset(&info, 0, sizeof(info));
    if (n >= 4)
        memcpy(memory + AT, &(u32){PVH_START_MAGIC}, 4);
    if (pvh_parse(&window, AT, &info, &why) == HELIX_OK)
        check();
    memset(&info, 0, sizeof(info));
    if (n >= 4)
        memcpy(memory + AT, (const u8[]){0xd0, 0x0d, 0xfe, 0xed}, 4);
    if (direct_parse(&window, AT, &info, &why) == HELIX_OK)
        check();
    free(memory);
    return why == NULL ? -1 : 0;
}
