/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The machine as a whole: sysinfo(2), getrandom(2), reboot(2). */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/entropy/entropy.h>
#include <helix/execution/thread.h>
#include <helix/hal/time.h>
#include <helix/lib/atomic.h>
#include <helix/memory/frame.h>
#include <helix/memory/user_copy.h>
#include <helix/orchestrator/kernel.h>
#include <helix/vfs/path.h>

#include "calls.h"
#include "task/tasks.h"

/* struct sysinfo of sysinfo(2). */
struct linux_sysinfo {
    i64 uptime;
    u64 load[3];
    u64 ram_total, ram_free, ram_shared, ram_buffers, swap_total, swap_free;
    u16 processes, pad;
    u64 high_total, high_free;
    u32 unit;
    u32 tail;
};
_Static_assert(sizeof(struct linux_sysinfo) == 112, "struct sysinfo");

i64 sys_sysinfo(const u64 *arguments)
{
    struct memory_counts memory;
    struct execution_counts execution;
    memory_counts(&memory);
    execution_counts(&execution);
    const u64 threads = execution.total < UINT16_MAX ? execution.total : UINT16_MAX;
    const struct linux_sysinfo out = {
        .uptime = (i64)(hal_clock_now() / NANOS_PER_SECOND),
        .load = {execution.load[0], execution.load[1], execution.load[2]},
        .ram_total = memory.total * PAGE_SIZE,
        .ram_free = memory.free * PAGE_SIZE,
        .ram_buffers = 0,
        .processes = (u16)threads,
        .unit = 1,
    };
    return syscall_result(user_copy_out(vaddr_of(arguments[0]), &out, sizeof out));
}

#define GRND_KNOWN    7u // GRND_NONBLOCK, GRND_RANDOM, GRND_INSECURE
#define GRND_RANDOM   2u
#define GRND_INSECURE 4u
#define RANDOM_CHUNK  256u

i64 sys_getrandom(const u64 *arguments)
{
    const u64 bytes = arguments[1] < INT32_MAX ? arguments[1] : INT32_MAX;
    const u64 flags = arguments[2], conflict = GRND_RANDOM | GRND_INSECURE;
    if ((flags & ~(u64)GRND_KNOWN) || (flags & conflict) == conflict)
        return -LINUX_EINVAL;
    u8 chunk[RANDOM_CHUNK];
    u64 done = 0;
    while (done < bytes) {
        const u64 now = bytes - done < RANDOM_CHUNK ? bytes - done : RANDOM_CHUNK;
        entropy_fill(chunk, now);
        if (user_copy_out(vaddr_of(arguments[0] + done), chunk, now) != HELIX_OK)
            return done ? (i64)done : -LINUX_EFAULT;
        done += now;
        if (thread_interrupted())
            break;
    }
    return (i64)done;
}

#define REBOOT_MAGIC1   0xfee1deadu
#define REBOOT_MAGIC2   672274793u
#define REBOOT_MAGIC2A  85072278u
#define REBOOT_MAGIC2B  369367448u
#define REBOOT_MAGIC2C  537993216u
#define REBOOT_RESTART  0x01234567u
#define REBOOT_RESTART2 0xa1b2c3d4u
#define REBOOT_HALT     0xcdef0123u
#define REBOOT_CAD_ON   0x89abcdefu
#define REBOOT_CAD_OFF  0x00000000u
#define REBOOT_POWER    0x4321fedcu

#define REBOOT_TEXT 256u

/* What is asked of the firmware; none here can be asked for anything. */
static helix_status read_command(u64 user_text)
{
    char text[REBOOT_TEXT];
    size_t length;
    const helix_status status = user_copy_string(text, vaddr_of(user_text), sizeof text, &length);
    return status == HELIX_E_FAULT ? status : HELIX_OK;
}

static bool is_second_magic(u32 magic)
{
    return magic == REBOOT_MAGIC2 || magic == REBOOT_MAGIC2A || magic == REBOOT_MAGIC2B ||
           magic == REBOOT_MAGIC2C;
}

i64 sys_reboot(const u64 *arguments)
{
    if (!task_capable(CAP_SYS_BOOT))
        return -LINUX_EPERM;
    if ((u32)arguments[0] != REBOOT_MAGIC1 || !is_second_magic((u32)arguments[1]))
        return -LINUX_EINVAL;
    switch ((u32)arguments[2]) {
    case REBOOT_CAD_ON: // there is no keyboard that could send it
    case REBOOT_CAD_OFF:
        return 0;
    case REBOOT_RESTART2:
        if (read_command(arguments[3]) != HELIX_OK)
            return -LINUX_EFAULT;
        vfs_sync_all();
        kernel_shut_down(KERNEL_END_REBOOT);
    case REBOOT_RESTART:
        vfs_sync_all();
        kernel_shut_down(KERNEL_END_REBOOT);
    case REBOOT_HALT:
        vfs_sync_all();
        kernel_shut_down(KERNEL_END_HALT);
    case REBOOT_POWER:
        vfs_sync_all();
        kernel_shut_down(KERNEL_END_POWER_OFF);
    default:
        return -LINUX_EINVAL;
    }
}
