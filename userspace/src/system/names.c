/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* uname(2) and the names it tells. */
#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/syscall.h>
#include <helix/execution/mutex.h>
#include <helix/hal/cpu.h>
#include <helix/lib/string.h>
#include <helix/memory/user_copy.h>

#include "calls.h"
#include "system/names.h"
#include "task/tasks.h"

#define NAME_BYTES SYSTEM_NODE_BYTES

struct linux_utsname {
    char system[NAME_BYTES], node[NAME_BYTES], release[NAME_BYTES], version[NAME_BYTES],
        machine[NAME_BYTES], domain[NAME_BYTES];
};

static struct mutex names_lock = MUTEX_INIT(names_lock, LOCK_RANK_OBJECT);
static char node_name[NAME_BYTES] HELIX_GUARDED_BY(&names_lock) = "helix";
static char domain_name[NAME_BYTES] HELIX_GUARDED_BY(&names_lock) = "(none)";

void system_node_name(char *to, size_t capacity)
{
    mutex_lock(&names_lock);
    strlcpy(to, node_name, capacity);
    mutex_unlock(&names_lock);
}

helix_status system_node_name_set(const char *name, size_t bytes)
{
    if (bytes >= NAME_BYTES)
        return HELIX_E_INVAL;
    mutex_lock(&names_lock);
    memset(node_name, 0, sizeof node_name);
    memcpy(node_name, name, bytes);
    mutex_unlock(&names_lock);
    return HELIX_OK;
}

/* Programs depend on the system's name, so it says Linux; the version says who it is. */
i64 sys_uname(const u64 *arguments)
{
    struct linux_utsname out = {
        .system = SYSTEM_NAME, .release = SYSTEM_RELEASE, .version = SYSTEM_VERSION};
    strlcpy(out.machine, hal_arch_name(), sizeof out.machine);
    mutex_lock(&names_lock);
    memcpy(out.node, node_name, NAME_BYTES);
    memcpy(out.domain, domain_name, NAME_BYTES);
    mutex_unlock(&names_lock);
    return syscall_result(user_copy_out(vaddr_of(arguments[0]), &out, sizeof out));
}

static i64 set_name(char name[NAME_BYTES], u64 user_text, u64 bytes)
{
    char text[NAME_BYTES] = "";
    if (!task_capable(CAP_SYS_ADMIN))
        return -LINUX_EPERM;
    if (bytes >= NAME_BYTES)
        return -LINUX_EINVAL;
    const helix_status status = user_copy_in(text, vaddr_of(user_text), bytes);
    if (status != HELIX_OK)
        return syscall_result(status);
    mutex_lock(&names_lock);
    memcpy(name, text, NAME_BYTES);
    mutex_unlock(&names_lock);
    return 0;
}

HELIX_NO_THREAD_SAFETY i64 sys_sethostname(const u64 *arguments)
{
    return set_name(node_name, arguments[0], arguments[1]);
}

HELIX_NO_THREAD_SAFETY i64 sys_setdomainname(const u64 *arguments)
{
    return set_name(domain_name, arguments[0], arguments[1]);
}
