/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

/*
 * Numbers and structures of the Linux system-call interface that every 64-bit architecture shares,
 * under their Linux names with the prefix LINUX_. Source: the manual pages of section 2 and the
 * kernel's user-space headers. Open flags are the generic ones; an architecture with other values
 * (AArch64) converts at its system-call edge.
 */

/* open(2) */
#define LINUX_O_ACCMODE   3u
#define LINUX_O_RDONLY    0u
#define LINUX_O_WRONLY    1u
#define LINUX_O_RDWR      2u
#define LINUX_O_CREAT     0100u
#define LINUX_O_EXCL      0200u
#define LINUX_O_NOCTTY    0400u
#define LINUX_O_TRUNC     01000u
#define LINUX_O_APPEND    02000u
#define LINUX_O_NONBLOCK  04000u
#define LINUX_O_DSYNC     010000u
#define LINUX_O_ASYNC     020000u
#define LINUX_O_DIRECT    040000u
#define LINUX_O_LARGEFILE 0100000u
#define LINUX_O_DIRECTORY 0200000u
#define LINUX_O_NOFOLLOW  0400000u
#define LINUX_O_NOATIME   01000000u
#define LINUX_O_CLOEXEC   02000000u
#define LINUX_O_SYNC      04010000u
#define LINUX_O_PATH      010000000u
#define LINUX_O_TMPFILE   020200000u

/* The *at calls */
#define LINUX_AT_FDCWD            (-100)
#define LINUX_AT_SYMLINK_NOFOLLOW 0x100u
#define LINUX_AT_EACCESS          0x200u
#define LINUX_AT_REMOVEDIR        0x200u
#define LINUX_AT_SYMLINK_FOLLOW   0x400u
#define LINUX_AT_NO_AUTOMOUNT     0x800u
#define LINUX_AT_EMPTY_PATH       0x1000u
#define LINUX_AT_STATX_SYNC_TYPE  0x6000u

/* fcntl(2) */
#define LINUX_F_DUPFD         0
#define LINUX_F_GETFD         1
#define LINUX_F_SETFD         2
#define LINUX_F_GETFL         3
#define LINUX_F_SETFL         4
#define LINUX_F_GETLK         5
#define LINUX_F_SETLK         6
#define LINUX_F_SETLKW        7
#define LINUX_F_SETOWN        8
#define LINUX_F_GETOWN        9
#define LINUX_F_SETSIG        10
#define LINUX_F_GETSIG        11
#define LINUX_F_OFD_GETLK     36
#define LINUX_F_OFD_SETLK     37
#define LINUX_F_OFD_SETLKW    38
#define LINUX_F_SETLEASE      1024
#define LINUX_F_GETLEASE      1025
#define LINUX_F_NOTIFY        1026
#define LINUX_F_DUPFD_CLOEXEC 1030
#define LINUX_F_SETPIPE_SZ    1031
#define LINUX_F_GETPIPE_SZ    1032
#define LINUX_F_ADD_SEALS     1033
#define LINUX_F_GET_SEALS     1034
#define LINUX_FD_CLOEXEC      1u

/* File types and mode bits of st_mode */
#define LINUX_S_IFMT   0170000u
#define LINUX_S_IFSOCK 0140000u
#define LINUX_S_IFLNK  0120000u
#define LINUX_S_IFREG  0100000u
#define LINUX_S_IFBLK  0060000u
#define LINUX_S_IFDIR  0040000u
#define LINUX_S_IFCHR  0020000u
#define LINUX_S_IFIFO  0010000u
#define LINUX_S_ISUID  04000u
#define LINUX_S_ISGID  02000u
#define LINUX_S_ISVTX  01000u

/* lseek(2) */
#define LINUX_SEEK_SET  0
#define LINUX_SEEK_CUR  1
#define LINUX_SEEK_END  2
#define LINUX_SEEK_DATA 3
#define LINUX_SEEK_HOLE 4

/* poll(2) */
#define LINUX_POLLIN     0x001u
#define LINUX_POLLPRI    0x002u
#define LINUX_POLLOUT    0x004u
#define LINUX_POLLERR    0x008u
#define LINUX_POLLHUP    0x010u
#define LINUX_POLLNVAL   0x020u
#define LINUX_POLLRDNORM 0x040u
#define LINUX_POLLRDBAND 0x080u
#define LINUX_POLLWRNORM 0x100u
#define LINUX_POLLWRBAND 0x200u
#define LINUX_POLLRDHUP  0x2000u

/* mount(2), statfs(2) */
#define LINUX_MS_RDONLY      1u
#define LINUX_MS_NOSUID      2u
#define LINUX_MS_NODEV       4u
#define LINUX_MS_NOEXEC      8u
#define LINUX_MS_SYNCHRONOUS 16u
#define LINUX_MS_REMOUNT     32u
#define LINUX_MS_NOATIME     1024u
#define LINUX_MS_NODIRATIME  2048u
#define LINUX_MS_BIND        4096u
#define LINUX_MS_MOVE        8192u
#define LINUX_MS_REC         16384u
#define LINUX_MS_SILENT      32768u
#define LINUX_MS_RELATIME    0x200000u

#define LINUX_PATH_MAX 4096
#define LINUX_NAME_MAX 255
#define LINUX_IOV_MAX  1024

/* resource limits */
#define LINUX_RLIMIT_CPU        0
#define LINUX_RLIMIT_FSIZE      1
#define LINUX_RLIMIT_DATA       2
#define LINUX_RLIMIT_STACK      3
#define LINUX_RLIMIT_CORE       4
#define LINUX_RLIMIT_RSS        5
#define LINUX_RLIMIT_NPROC      6
#define LINUX_RLIMIT_NOFILE     7
#define LINUX_RLIMIT_MEMLOCK    8
#define LINUX_RLIMIT_AS         9
#define LINUX_RLIMIT_LOCKS      10
#define LINUX_RLIMIT_SIGPENDING 11
#define LINUX_RLIMIT_MSGQUEUE   12
#define LINUX_RLIMIT_NICE       13
#define LINUX_RLIMIT_RTPRIO     14
#define LINUX_RLIMIT_RTTIME     15

/* Errno values that the kernel's own code names; all others come from status.def. */
#define LINUX_EPERM        1
#define LINUX_ENOENT       2
#define LINUX_ESRCH        3
#define LINUX_EINTR        4
#define LINUX_EIO          5
#define LINUX_E2BIG        7
#define LINUX_EBADF        9
#define LINUX_ECHILD       10
#define LINUX_EAGAIN       11
#define LINUX_ENOMEM       12
#define LINUX_EACCES       13
#define LINUX_EFAULT       14
#define LINUX_EBUSY        16
#define LINUX_EEXIST       17
#define LINUX_ENODEV       19
#define LINUX_ENOTDIR      20
#define LINUX_EINVAL       22
#define LINUX_EMFILE       24
#define LINUX_ENOTTY       25
#define LINUX_EFBIG        27
#define LINUX_ESPIPE       29
#define LINUX_EROFS        30
#define LINUX_EPIPE        32
#define LINUX_ERANGE       34
#define LINUX_ENAMETOOLONG 36
#define LINUX_ENOSYS       38
#define LINUX_ENOPKG       65
#define LINUX_EOPNOTSUPP   95
#define LINUX_ETIMEDOUT    110
#define LINUX_EINPROGRESS  115

struct linux_timespec {
    i64 seconds;
    i64 nanoseconds;
};

struct linux_timeval {
    i64 seconds;
    i64 microseconds;
};

struct linux_iovec {
    u64 base;
    u64 bytes;
};

struct linux_pollfd {
    i32 fd;
    i16 events;
    i16 revents;
};
