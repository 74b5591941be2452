/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/userspace/task.h>
#include <helix/vfs/special.h>

/* Private to userspace/src/proc: what /proc shows of processes. */

/* Before the first process: gives procfs the provider of /proc/PID, and registers the files of the
 * system as a whole. */
void proc_start(void);
void proc_system_start(void);
void proc_names_start(void);
void proc_tunables_start(void);

/* A number of /proc/sys that may be changed between bounds; owned by who uses it. */
struct proc_tunable {
    const char *path;
    u64 value, least, most;
};
void proc_tunables_register(struct proc_tunable *tunables, struct proc_entry *entries,
                            unsigned count);
helix_status proc_number(const char *text, size_t bytes, u64 *number_out);
void proc_helix_start(void);

/* Before the first process: tells the terminals who is in charge. terminal.c */
void terminal_start(void);

/*
 * A process that somebody looks at, and the task that its files are about: the one that was named,
 * else the leader, else any. It may end at any time: what is left then is shown.
 */
struct proc_subject {
    struct process *process; // reference
    struct task *task;       // reference; NULL: all have ended
    bool whole;              // /proc/PID, not a task in it
};

helix_status proc_subject_find(u32 pid, u32 tid, struct proc_subject *subject_out);
void proc_subject_put(struct proc_subject *subject);

/* Make @file, just opened, one of the subject's memory. memory_file.c */
helix_status proc_memory_open(const struct proc_subject *subject, struct file *file);

/* May the running task look into the memory and the files of @subject? */
bool proc_may_inspect(const struct proc_subject *subject);

/* What the tree of processes says, read in one step. */
struct proc_place {
    u32 parent, group, session;
    u64 terminal;   // device number, 0: none
    i32 foreground; // its foreground group, -1: none
};
void proc_place(const struct proc_subject *subject, struct proc_place *place_out);

/* The process that traces the task; 0: none does. */
u32 proc_tracer(const struct proc_subject *subject);

/* R, S, T, t, Z or X, as ps(1) shows it, and in words. */
char proc_state(const struct proc_subject *subject);
const char *proc_state_text(char state);

/* The task's name; control characters and backslashes escaped for the files that are lines. */
#define PROC_NAME_BYTES 64
void proc_name(const struct proc_subject *subject, char name[PROC_NAME_BYTES]);

struct proc_signals {
    signal_set pending, shared, blocked, ignored, caught;
    u32 queued;
};
void proc_signals(const struct proc_subject *subject, struct proc_signals *signals_out);

/* Parts of the task, each with a reference; NULL: given up. */
struct file_table *proc_files(const struct proc_subject *subject);
struct fs_context *proc_fs(const struct proc_subject *subject);

typedef helix_status proc_show(const struct proc_subject *subject, struct text_writer *writer);
typedef helix_status proc_store(const struct proc_subject *subject, const char *text);

proc_show proc_show_stat, proc_show_statm, proc_show_status;
proc_show proc_show_maps, proc_show_smaps, proc_show_smaps_rollup, proc_show_cmdline,
    proc_show_environ, proc_show_auxv;
proc_show proc_show_limits, proc_show_io, proc_show_schedstat;

/* Links. */
helix_status proc_link(u32 pid, const char *name, struct path *path_out);
bool proc_next_fd(u32 pid, u32 *fd);
helix_status proc_fd_file(u32 pid, u32 fd, struct file **file_out);
