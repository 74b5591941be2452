/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <stdint.h>

/*
 * Helix's own system calls: the one header of abi/ that is made for programs, which also have
 * Linux's headers. It needs stdint.h only.
 *
 * Each call takes one argument, the address of its struct. Every struct begins with a header in
 * which the program says how large the struct is that it knows, and its version. The kernel reads
 * and writes no more than that; fields beyond it are zero. A size below the first version's, or an
 * unknown version, is EINVAL. Reserved fields and unknown flag bits must be zero.
 *
 * A call returns 0 or -errno, like Linux's. Where a struct has a `result`, it is written whenever
 * the struct could be read, also on failure: it says more than errno can. Texts end with NUL;
 * addresses of the program travel as 64-bit numbers.
 *
 * What changes modules needs CAP_SYS_MODULE. What is not built into this kernel is ENOSYS.
 */
enum helix_user_call {
    HELIX_USER_DIS_STATS = 1000,     // struct helix_user_dis_stats
    HELIX_USER_HOT_RELOAD = 1001,    // struct helix_user_hot_reload
    HELIX_USER_SELF_HEAL = 1002,     // struct helix_user_self_heal
    HELIX_USER_BENCHMARK = 1003,     // struct helix_user_benchmark
    HELIX_USER_KERNEL_INFO = 1004,   // struct helix_user_kernel_info
    HELIX_USER_MODULE_LOAD = 1005,   // struct helix_user_module_load
    HELIX_USER_MODULE_UNLOAD = 1006, // struct helix_user_module_unload
    HELIX_USER_MODULE_CALL = 1007,   // struct helix_user_module_call
};

#define HELIX_USER_VERSION 1u

struct helix_user_header {
    uint32_t size;    // of the whole struct
    uint32_t version; // HELIX_USER_VERSION
};

#define HELIX_USER_HEADER(type) {sizeof(type), HELIX_USER_VERSION}

/* How a change of modules went. */
#define HELIX_USER_REASON_SIZE 160
struct helix_user_result {
    int32_t status; // enum helix_status
    uint32_t reserved;
    uint64_t pause_ns;                   // what callers of the gate felt; 0: no gate was closed
    uint64_t instructions;               // inside the pause; 0: not countable here
    char reason[HELIX_USER_REASON_SIZE]; // for people; empty on success
};

/* ---- 1001: replacement
 * --------------------------------------------------------------------------------------------- */
enum helix_user_hot_reload_operation {
    HELIX_HOT_RELOAD_SWAP = 1,     // binding, name
    HELIX_HOT_RELOAD_RELOAD = 2,   // name; path or image, or neither: the file it came from
    HELIX_HOT_RELOAD_ROLLBACK = 3, // binding, 0 for the last swap of all
    HELIX_HOT_RELOAD_CHECK = 4,    // path or image: verify only, change nothing
};

struct helix_user_hot_reload {
    struct helix_user_header header;
    uint32_t operation;
    uint32_t flags;   // 0
    uint64_t binding; // text "interface" or "interface:instance"
    uint64_t name;    // text: a module's name or alias
    uint64_t path;    // text: a .hmod file as the caller sees it
    uint64_t image;   // or its contents
    uint64_t image_size;
    struct helix_user_result result;
};

/* ---- 1002: health
 * --------------------------------------------------------------------------------------------------
 */
enum helix_user_self_heal_operation {
    HELIX_SELF_HEAL_QUERY = 1,   // entry number `index`; ENOENT past the last
    HELIX_SELF_HEAL_CHECK = 2,   // ask module `name` for its health now
    HELIX_SELF_HEAL_RESTART = 3, // restart module `name` as if it had crashed
    HELIX_SELF_HEAL_INJECT = 4,  // make module `name` fault at its next call, to see it healed;
                                 // EOPNOTSUPP where it cannot
};

enum helix_user_health {
    HELIX_HEALTH_HEALTHY,
    HELIX_HEALTH_DEGRADED,
    HELIX_HEALTH_UNRESPONSIVE,
    HELIX_HEALTH_CRASHED,
    HELIX_HEALTH_RECOVERING,
};

struct helix_user_self_heal {
    struct helix_user_header header;
    uint32_t operation;
    uint32_t index;
    uint64_t name; // text
    /* Answer, also of the operations that change something. */
    char module[64];
    uint32_t health; // enum helix_user_health
    uint32_t restarts;
    uint64_t faults;
    uint64_t last_recovery_ns; // from the fault to the gate's opening; 0: never
    struct helix_user_result result;
};

/* ---- 1003: benchmarks inside the kernel
 * ---------------------------------------------------------------------------- */
enum helix_user_benchmark_group {
    HELIX_BENCHMARK_SCHEDULER = 1,
    HELIX_BENCHMARK_MEMORY = 2,
    HELIX_BENCHMARK_IPC = 3,
};

#define HELIX_USER_BENCHMARK_ROWS 16
struct helix_user_benchmark_row {
    char name[40];
    uint64_t rounds;
    uint64_t total_ns;
    uint64_t min_ns; // of one round
    uint64_t max_ns;
    uint64_t instructions; // of all rounds; 0: not countable here
};

struct helix_user_benchmark {
    struct helix_user_header header;
    uint32_t group;
    uint32_t rounds; // 0: the kernel's choice; at most 1,000,000
    uint32_t count;  // answer: rows filled
    uint32_t reserved;
    struct helix_user_benchmark_row rows[HELIX_USER_BENCHMARK_ROWS];
};

/* ---- 1004: the kernel
 * ---------------------------------------------------------------------------------------------- */
struct helix_user_kernel_info {
    struct helix_user_header header;
    char version[32]; // of Helix, "0.5.0"
    char release[32]; // as uname(2) says
    char arch[16];
    char profile[32];
    char build[16];
    char state[16]; // "RUNNING"
    uint32_t cpus_online;
    uint32_t cpus_possible;
    uint64_t abi_hash;
    uint64_t memory_total; // bytes
    uint64_t memory_free;
    uint64_t uptime_ns;
    uint64_t boot_ns; // from kernel entry to the first program
    uint32_t modules;
    uint32_t interfaces;
    uint64_t swaps;
    uint64_t swap_failures;
};

/* ---- 1005 to 1007: modules
 * ----------------------------------------------------------------------------------------- */
struct helix_user_module_load {
    struct helix_user_header header;
    uint64_t path;  // text, or 0
    uint64_t image; // or the contents
    uint64_t image_size;
    uint64_t settings; // addresses of "key=value" texts, ended by 0; or 0
    struct helix_user_result result;
};

struct helix_user_module_unload {
    struct helix_user_header header;
    uint64_t name;
    struct helix_user_result result;
};

enum helix_user_value_kind {
    HELIX_USER_VALUE_NUMBER,
    HELIX_USER_VALUE_TEXT,
};

#define HELIX_USER_CALL_ARGUMENTS 16
struct helix_user_module_call {
    struct helix_user_header header;
    uint64_t path;      // text "module:<name>:<export>"
    uint64_t arguments; // addresses of `count` texts; whole decimal numbers arrive as numbers
    uint32_t count;     // at most HELIX_USER_CALL_ARGUMENTS
    uint32_t kind;      // answer: enum helix_user_value_kind
    int64_t number;
    char text[128];
    struct helix_user_result result;
};

/* ---- 1000: Dynamic Intent Scheduling
 * ------------------------------------------------------------------------------- */
struct helix_user_dis_stats {
    struct helix_user_header header;
    uint32_t intent; // class: 0 REAL_TIME 1 SOFT_REAL_TIME 2 INTERACTIVE 3 SERVER 4 BATCH 5
                     // BACKGROUND 6 IDLE 7 CRITICAL
    uint32_t reserved;
    uint64_t tasks;
    uint64_t slices;
    uint64_t latency_p50_ns;
    uint64_t latency_p99_ns;
    uint64_t latency_max_ns;
};
