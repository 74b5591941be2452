/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "check.h"

/* For cases about limits: of the system (ENFILE), of the process (EMFILE and others), and of those
 * who lack a capability. They hold for the case's own child process only, but for file-max. */

static inline void set_effective(int capability, int wanted)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    CHECK(syscall(SYS_capget, &header, data) == 0);
    const unsigned bit = 1u << (capability % 32);
    unsigned *set = &data[capability / 32].effective;
    *set = wanted ? *set | bit : *set & ~bit;
    CHECK(syscall(SYS_capset, &header, data) == 0);
}

/* From now on the caller acts without @capability (CAP_...), and may take it back. */
static inline void capability_drop(int capability)
{
    set_effective(capability, 0);
}

static inline void capability_raise(int capability)
{
    set_effective(capability, 1);
}

static inline void limit(int resource, rlim_t soft)
{
    struct rlimit old;
    CHECK(getrlimit((__rlimit_resource_t)resource, &old) == 0);
    old.rlim_cur = soft;
    CHECK(setrlimit((__rlimit_resource_t)resource, &old) == 0);
}

/* EMFILE: no descriptor is free below the limit. */
static inline void descriptors_use_up(void)
{
    int lowest = dup(0);
    CHECK(lowest >= 0 && close(lowest) == 0);
    limit(RLIMIT_NOFILE, (rlim_t)lowest);
}

static int file_limit_fd = -1;
static char file_limit_before[32];

/* ENFILE: no more files may be open in the system. Whoever has CAP_SYS_ADMIN is above that. */
static inline void files_use_up(void)
{
    file_limit_fd = open("/proc/sys/fs/file-max", O_RDWR);
    CHECK(file_limit_fd >= 0 &&
          read(file_limit_fd, file_limit_before, sizeof file_limit_before - 1) > 0);
    CHECK(pwrite(file_limit_fd, "0\n", 2, 0) == 2);
    capability_drop(CAP_SYS_ADMIN);
}

static inline void files_give_back(void)
{
    capability_raise(CAP_SYS_ADMIN);
    const size_t length = strlen(file_limit_before);
    CHECK(pwrite(file_limit_fd, file_limit_before, length, 0) == (ssize_t)length);
    close(file_limit_fd);
}
