/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/linux.h>
#include <helix/abi/types.h>

/* Numbers of the Linux interface that only the process side needs; the same on every 64-bit
 * architecture unless said otherwise. */

/* Errno values beyond those of abi/linux.h. */
#define LINUX_ELIBBAD 80

/* Signals (x86_64, AArch64 and RISC-V agree). */
enum {
    SIGHUP = 1,
    SIGINT,
    SIGQUIT,
    SIGILL,
    SIGTRAP,
    SIGABRT,
    SIGBUS,
    SIGFPE,
    SIGKILL,
    SIGUSR1,
    SIGSEGV,
    SIGUSR2,
    SIGPIPE,
    SIGALRM,
    SIGTERM,
    SIGSTKFLT,
    SIGCHLD,
    SIGCONT,
    SIGSTOP,
    SIGTSTP,
    SIGTTIN,
    SIGTTOU,
    SIGURG,
    SIGXCPU,
    SIGXFSZ,
    SIGVTALRM,
    SIGPROF,
    SIGWINCH,
    SIGIO,
    SIGPWR,
    SIGSYS,
    SIGRT_FIRST,
};

#define SIG_DFL ((uintptr_t)0)
#define SIG_IGN ((uintptr_t)1)

#define SA_NOCLDSTOP 0x00000001u
#define SA_NOCLDWAIT 0x00000002u
#define SA_SIGINFO   0x00000004u
#define SA_RESTORER  0x04000000u
#define SA_ONSTACK   0x08000000u
#define SA_RESTART   0x10000000u
#define SA_NODEFER   0x40000000u
#define SA_RESETHAND 0x80000000u

#define SIG_BLOCK   0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

#define SS_ONSTACK    1u
#define SS_DISABLE    2u
#define SS_AUTODISARM (1u << 31)

/* si_code */
#define SI_USER       0
#define SI_KERNEL     0x80
#define SI_QUEUE      (-1)
#define SI_TIMER      (-2)
#define SI_MESGQ      (-3)
#define SI_SIGIO      (-5)
#define SI_TKILL      (-6)
#define POLL_CODES    6 // POLL_IN to POLL_HUP
#define ILL_ILLOPN    2
#define FPE_INTDIV    1
#define FPE_FLTDIV    3
#define FPE_FLTOVF    4
#define FPE_FLTUND    5
#define FPE_FLTRES    6
#define FPE_FLTINV    7
#define SEGV_MAPERR   1
#define SEGV_ACCERR   2
#define BUS_ADRALN    1
#define BUS_ADRERR    2
#define BUS_MCEERR_AR 4
#define TRAP_BRKPT    1
#define TRAP_TRACE    2
#define CLD_EXITED    1
#define CLD_KILLED    2
#define CLD_DUMPED    3
#define CLD_TRAPPED   4
#define CLD_STOPPED   5
#define CLD_CONTINUED 6

/* sigevent */
#define SIGEV_SIGNAL    0
#define SIGEV_NONE      1
#define SIGEV_THREAD    2
#define SIGEV_THREAD_ID 4

/* clone(2) */
#define CLONE_VM             0x00000100ull
#define CLONE_FS             0x00000200ull
#define CLONE_FILES          0x00000400ull
#define CLONE_SIGHAND        0x00000800ull
#define CLONE_PIDFD          0x00001000ull
#define CLONE_PTRACE         0x00002000ull
#define CLONE_VFORK          0x00004000ull
#define CLONE_PARENT         0x00008000ull
#define CLONE_THREAD         0x00010000ull
#define CLONE_NEWNS          0x00020000ull
#define CLONE_SYSVSEM        0x00040000ull
#define CLONE_SETTLS         0x00080000ull
#define CLONE_PARENT_SETTID  0x00100000ull
#define CLONE_CHILD_CLEARTID 0x00200000ull
#define CLONE_DETACHED       0x00400000ull
#define CLONE_UNTRACED       0x00800000ull
#define CLONE_CHILD_SETTID   0x01000000ull
#define CLONE_NEWCGROUP      0x02000000ull
#define CLONE_NEWUTS         0x04000000ull
#define CLONE_NEWIPC         0x08000000ull
#define CLONE_NEWUSER        0x10000000ull
#define CLONE_NEWPID         0x20000000ull
#define CLONE_NEWNET         0x40000000ull
#define CLONE_IO             0x80000000ull
#define CLONE_CLEAR_SIGHAND  0x100000000ull
#define CLONE_INTO_CGROUP    0x200000000ull
#define CLONE_NEWTIME        0x00000080ull
#define CLONE_EXIT_SIGNAL    0xffull
#define CLONE_NAMESPACES                                                                          \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
     CLONE_NEWNET)

/* wait4(2), waitid(2) */
#define WNOHANG    1u
#define WUNTRACED  2u
#define WSTOPPED   2u
#define WEXITED    4u
#define WCONTINUED 8u
#define WNOWAIT    0x01000000u
#define W_NOTHREAD 0x20000000u
#define W_ALL      0x40000000u
#define W_CLONE    0x80000000u
#define P_ALL      0
#define P_PID      1
#define P_PGID     2
#define P_PIDFD    3

/* Wait status words. */
#define WAIT_STATUS_EXIT(code)   (((code) & 0xffu) << 8)
#define WAIT_STATUS_STOP(signal) (((u32)(signal) << 8) | 0x7fu)
#define WAIT_STATUS_CONTINUED    0xffffu
#define WAIT_STATUS_CORE         0x80u

/* getrusage(2) */
#define RUSAGE_SELF     0
#define RUSAGE_CHILDREN (-1)
#define RUSAGE_THREAD   1

/* Clocks. */
#define CLOCK_REALTIME           0
#define CLOCK_MONOTONIC          1
#define CLOCK_PROCESS_CPUTIME_ID 2
#define CLOCK_THREAD_CPUTIME_ID  3
#define CLOCK_MONOTONIC_RAW      4
#define CLOCK_REALTIME_COARSE    5
#define CLOCK_MONOTONIC_COARSE   6
#define CLOCK_BOOTTIME           7
#define CLOCK_REALTIME_ALARM     8
#define CLOCK_BOOTTIME_ALARM     9
#define CLOCK_TAI                11
#define TIMER_ABSTIME            1

#define PERSONALITY_NO_RANDOMIZE 0x0040000u

#define USER_HZ 100u

/* struct sigevent of sigevent(7). */
struct linux_sigevent {
    u64 value;
    i32 signal, notify, thread, pad[11];
};
static_assert(sizeof(struct linux_sigevent) == 64);

struct linux_rlimit {
    u64 soft, hard;
};

struct linux_rusage {
    struct linux_timeval user, system;
    i64 max_rss_kb, shared_rss, data_rss, stack_rss;
    i64 minor_faults, major_faults, swaps;
    i64 blocks_in, blocks_out, messages_sent, messages_received, signals;
    i64 voluntary, involuntary;
};

/* siginfo_t: 128 bytes, the same on all 64-bit architectures. */
struct linux_siginfo {
    i32 number, error, code, pad;
    union {
        struct {
            u32 pid, uid;
            u64 value;
        } rt;
        struct {
            i32 id, overrun;
            u64 value;
        } timer;
        struct {
            u32 pid, uid;
            i32 status, pad;
            i64 user_time, system_time;
        } child;
        struct {
            u64 address;
        } fault;
        struct {
            i64 band;
            i32 fd;
        } poll;
        u8 bytes[112];
    };
};
static_assert(sizeof(struct linux_siginfo) == 128);
