/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * What /proc/PID holds: the table of its files, and how procfs reaches them.
 *
 * Every access finds the process anew by its number, with references for the time of the access: it
 * may be gone at the next one.
 */
#include "proc/proc.h"

#include <helix/capability/linux.h>
#include <helix/lib/compiler.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>

#include "core/core.h"
#include "files/fd.h"
#include "task/oom.h"
#include "task/tasks.h"

struct proc_file {
    const char *name;
    u32 mode;
    proc_show *show;
    proc_store *store;                                                           // NULL: read-only
    helix_status (*open)(const struct proc_subject *subject, struct file *file); // NULL: is text
};

#define STORE_BYTES 64u

static helix_status show_comm(const struct proc_subject *subject, struct text_writer *writer)
{
    char name[PROC_NAME_BYTES];
    proc_name(subject, name);
    text_write(writer, "%s\n", name);
    return HELIX_OK;
}

/* Only a process's own tasks may rename each other. */
static helix_status store_comm(const struct proc_subject *subject, const char *text)
{
    if (!subject->task || subject->process != process_current())
        return HELIX_E_INVAL;
    strlcpy(subject->task->thread->name, text, sizeof subject->task->thread->name);
    return HELIX_OK;
}

static helix_status show_wait_channel(const struct proc_subject *subject,
                                      struct text_writer *writer)
{
    const char *what = subject->task && proc_state(subject) != 'R'
                           ? READ_ONCE(subject->task->thread->waiting_for)
                           : NULL;
    if (!what)
        what = "0";
    for (const char *c = what; *c; c++)
        text_write_bytes(writer, *c == ' ' ? "_" : c, 1);
    return HELIX_OK;
}

static helix_status show_oom_score(const struct proc_subject *subject, struct text_writer *writer)
{
    text_write(writer, "%u\n", oom_score(subject->process));
    return HELIX_OK;
}

static helix_status show_oom_adjust(const struct proc_subject *subject, struct text_writer *writer)
{
    text_write(writer, "%d\n", READ_ONCE(subject->process->oom_adjust));
    return HELIX_OK;
}

static helix_status store_oom_adjust(const struct proc_subject *subject, const char *text)
{
    i64 value;
    const helix_status status = parse_i64(text, &value);
    if (status != HELIX_OK || value < -OOM_ADJUST_LIMIT || value > OOM_ADJUST_LIMIT)
        return HELIX_E_INVAL;
    if (value < subject->process->oom_adjust && !task_capable(CAP_SYS_RESOURCE))
        return HELIX_E_ACCESS;
    WRITE_ONCE(subject->process->oom_adjust, (i32)value);
    return HELIX_OK;
}

static helix_status show_core_filter(const struct proc_subject *subject, struct text_writer *writer)
{
    text_write(writer, "%08x\n", READ_ONCE(subject->process->core_filter));
    return HELIX_OK;
}

static helix_status store_core_filter(const struct proc_subject *subject, const char *text)
{
    u64 filter;
    if (parse_u64(text, &filter) != HELIX_OK || filter > UINT32_MAX)
        return HELIX_E_INVAL;
    WRITE_ONCE(subject->process->core_filter, (u32)filter & CORE_FILTER_MASK);
    return HELIX_OK;
}

/* Nobody has been logged in by an audited program: there is no audit here. */
static helix_status show_login_user(const struct proc_subject *subject, struct text_writer *writer)
{
    (void)subject;
    text_write(writer, "%u", UINT32_MAX);
    return HELIX_OK;
}

static helix_status show_personality(const struct proc_subject *subject, struct text_writer *writer)
{
    text_write(writer, "%08x\n", READ_ONCE(subject->process->personality));
    return HELIX_OK;
}

/* A line for each hierarchy of control groups that is in use: there is none. */
static helix_status show_control_groups(const struct proc_subject *subject,
                                        struct text_writer *writer)
{
    (void)subject, (void)writer;
    return HELIX_OK;
}

/* The one user namespace: every number stands for itself. */
static helix_status show_id_map(const struct proc_subject *subject, struct text_writer *writer)
{
    (void)subject;
    text_write(writer, "%10u %10u %10u\n", 0, 0, UINT32_MAX);
    return HELIX_OK;
}

static helix_status show_timer_slack(const struct proc_subject *subject, struct text_writer *writer)
{
    const u64 slack = subject->task ? READ_ONCE(subject->task->timer_slack_ns) : 0;
    text_write(writer, "%llu\n", (unsigned long long)(slack ? slack : TIMER_SLACK_DEFAULT));
    return HELIX_OK;
}

static const struct proc_file files[] = {
    {"auxv", 0400, proc_show_auxv, NULL, NULL},
    {"cgroup", 0444, show_control_groups, NULL, NULL},
    {"cmdline", 0444, proc_show_cmdline, NULL, NULL},
    {"comm", 0644, show_comm, store_comm, NULL},
    {"coredump_filter", 0644, show_core_filter, store_core_filter, NULL},
    {"environ", 0400, proc_show_environ, NULL, NULL},
    {"gid_map", 0444, show_id_map, NULL, NULL},
    {"io", 0400, proc_show_io, NULL, NULL},
    {"limits", 0444, proc_show_limits, NULL, NULL},
    {"loginuid", 0444, show_login_user, NULL, NULL},
    {"maps", 0444, proc_show_maps, NULL, NULL},
    {"mem", 0600, NULL, NULL, proc_memory_open},
    {"oom_score", 0444, show_oom_score, NULL, NULL},
    {"oom_score_adj", 0644, show_oom_adjust, store_oom_adjust, NULL},
    {"personality", 0400, show_personality, NULL, NULL},
    {"schedstat", 0444, proc_show_schedstat, NULL, NULL},
    {"sessionid", 0444, show_login_user, NULL, NULL},
    {"smaps", 0444, proc_show_smaps, NULL, NULL},
    {"smaps_rollup", 0444, proc_show_smaps_rollup, NULL, NULL},
    {"stat", 0444, proc_show_stat, NULL, NULL},
    {"statm", 0444, proc_show_statm, NULL, NULL},
    {"status", 0444, proc_show_status, NULL, NULL},
    {"timerslack_ns", 0444, show_timer_slack, NULL, NULL},
    {"uid_map", 0444, show_id_map, NULL, NULL},
    {"wchan", 0444, show_wait_channel, NULL, NULL},
};
static const char *file_names[array_count(files) + 1]; // set by proc_start()

static const struct proc_file *file_find(const char *name)
{
    for (size_t i = 0; i < array_count(files); i++)
        if (strcmp(files[i].name, name) == 0)
            return &files[i];
    return NULL;
}

/* What only the owner may see although everybody may open it. */
static bool is_private(const struct proc_file *file)
{
    return file->mode == 0400 || file->show == proc_show_maps || file->show == proc_show_smaps ||
           file->show == proc_show_smaps_rollup;
}

static helix_status show(u32 pid, u32 tid, const char *name, struct text_writer *writer)
{
    const struct proc_file *file = file_find(name);
    struct proc_subject subject;
    if (!file)
        return HELIX_E_NOENT;
    helix_status status = proc_subject_find(pid, tid, &subject);
    if (status != HELIX_OK)
        return status;
    if (is_private(file) && !proc_may_inspect(&subject))
        status = HELIX_E_ACCESS;
    else
        status = file->show(&subject, writer);
    proc_subject_put(&subject);
    return status;
}

static helix_status store(u32 pid, u32 tid, const char *name, const char *text, size_t bytes)
{
    const struct proc_file *file = file_find(name);
    struct proc_subject subject;
    char line[STORE_BYTES];
    if (!file)
        return HELIX_E_NOENT;
    if (!file->store)
        return HELIX_E_ACCESS;
    const size_t length = min(bytes, sizeof line - 1);
    memcpy(line, text, length);
    line[length] = '\0';
    char *end = strchr(line, '\n');
    if (end)
        *end = '\0';
    helix_status status = proc_subject_find(pid, tid, &subject);
    if (status != HELIX_OK)
        return status;
    status = proc_may_inspect(&subject) ? file->store(&subject, line) : HELIX_E_ACCESS;
    proc_subject_put(&subject);
    return status;
}

static helix_status open_special(u32 pid, u32 tid, const char *name, struct file *opened)
{
    const struct proc_file *file = file_find(name);
    struct proc_subject subject;
    if (!file || !file->open)
        return HELIX_OK;
    helix_status status = proc_subject_find(pid, tid, &subject);
    if (status != HELIX_OK)
        return status;
    status = file->open(&subject, opened);
    proc_subject_put(&subject);
    return status;
}

static u32 file_mode(const char *name)
{
    const struct proc_file *file = file_find(name);
    return file ? file->mode : 0;
}

static u32 self_pid(void)
{
    const struct task *task = task_current();
    return task ? task->process->pid : 0;
}

static u32 self_tid(void)
{
    const struct task *task = task_current();
    return task ? task->tid : 0;
}

/* A process that may not be inspected by its user belongs to root here. */
static helix_status owner(u32 pid, u32 *uid_out, u32 *gid_out)
{
    struct proc_subject subject;
    const helix_status status = proc_subject_find(pid, 0, &subject);
    if (status != HELIX_OK)
        return status;
    *uid_out = subject.process->euid;
    *gid_out = 0;
    if (subject.task && !subject.process->dumpable) {
        *uid_out = 0;
    } else if (subject.task) {
        struct credentials *credentials = task_credentials_get(subject.task);
        *gid_out = credentials->egid;
        credentials_put(credentials);
    }
    proc_subject_put(&subject);
    return HELIX_OK;
}

static u32 next_tid(u32 pid, u32 after)
{
    u32 next = 0;
    struct process *process = process_find(pid);
    if (!process)
        return 0;
    const struct irq_key key = spin_lock_irq(&process->lock);
    list_for_each(struct task, task, &process->tasks, process_link)
        if (task->tid > after && (next == 0 || task->tid < next))
            next = task->tid;
    spin_unlock_irq(&process->lock, key);
    process_put(process);
    return next;
}

void proc_start(void)
{
    static const struct proc_process_ops ops = {
        .next_pid = process_next_pid,
        .self_pid = self_pid,
        .self_tid = self_tid,
        .owner = owner,
        .show = show,
        .store = store,
        .open = open_special,
        .file_mode = file_mode,
        .files = file_names,
        .link = proc_link,
        .next_tid = next_tid,
        .next_fd = proc_next_fd,
        .fd_file = proc_fd_file,
        .shown_flags = file_shown_flags,
    };
    for (size_t i = 0; i < array_count(files); i++)
        file_names[i] = files[i].name;
    proc_set_process_ops(&ops);
    proc_system_start();
    proc_names_start();
    proc_tunables_start();
    proc_helix_start();
}
