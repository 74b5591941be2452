/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/* The capabilities of Linux, by its numbers. */
enum linux_capability {
    CAP_CHOWN,
    CAP_DAC_OVERRIDE,
    CAP_DAC_READ_SEARCH,
    CAP_FOWNER,
    CAP_FSETID,
    CAP_KILL,
    CAP_SETGID,
    CAP_SETUID,
    CAP_SETPCAP,
    CAP_LINUX_IMMUTABLE,
    CAP_NET_BIND_SERVICE,
    CAP_NET_BROADCAST,
    CAP_NET_ADMIN,
    CAP_NET_RAW,
    CAP_IPC_LOCK,
    CAP_IPC_OWNER,
    CAP_SYS_MODULE,
    CAP_SYS_RAWIO,
    CAP_SYS_CHROOT,
    CAP_SYS_PTRACE,
    CAP_SYS_PACCT,
    CAP_SYS_ADMIN,
    CAP_SYS_BOOT,
    CAP_SYS_NICE,
    CAP_SYS_RESOURCE,
    CAP_SYS_TIME,
    CAP_SYS_TTY_CONFIG,
    CAP_MKNOD,
    CAP_LEASE,
    CAP_AUDIT_WRITE,
    CAP_AUDIT_CONTROL,
    CAP_SETFCAP,
    CAP_MAC_OVERRIDE,
    CAP_MAC_ADMIN,
    CAP_SYSLOG,
    CAP_WAKE_ALARM,
    CAP_BLOCK_SUSPEND,
    CAP_AUDIT_READ,
    CAP_PERFMON,
    CAP_BPF,
    CAP_CHECKPOINT_RESTORE,
    LINUX_CAPABILITIES, // 41
};

/* A set of them; every operation is one or two instructions. */
struct capability_set {
    u64 bits;
};

#define CAPABILITY_SET_EMPTY ((struct capability_set){0})
#define CAPABILITY_SET_FULL  ((struct capability_set){(1ull << LINUX_CAPABILITIES) - 1})

static inline bool capability_has(struct capability_set set, enum linux_capability capability)
{
    return (set.bits & (1ull << capability)) != 0;
}

static inline struct capability_set capability_with(struct capability_set set,
                                                    enum linux_capability capability)
{
    return (struct capability_set){set.bits | (1ull << capability)};
}

static inline struct capability_set capability_without(struct capability_set set,
                                                       enum linux_capability capability)
{
    return (struct capability_set){set.bits & ~(1ull << capability)};
}

static inline struct capability_set capability_both(struct capability_set left,
                                                    struct capability_set right)
{
    return (struct capability_set){left.bits & right.bits};
}

static inline bool capability_is_subset(struct capability_set inner, struct capability_set outer)
{
    return (inner.bits & ~outer.bits) == 0;
}

/* "cap_sys_module"; NULL: no such number. */
const char *capability_name(unsigned capability);
