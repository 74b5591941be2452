/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Finding the process that a file of /proc is about, and what several of its files show. */
#include "proc/proc.h"

#include <helix/capability/linux.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/userspace/file_table.h>

#include "task/tasks.h"

helix_status proc_subject_find(u32 pid, u32 tid, struct proc_subject *subject_out)
{
    struct process *process = process_find(pid);
    if (!process)
        return HELIX_E_NO_PROCESS;
    struct task *task = tid ? task_find(tid) : process_any_task(process);
    if (tid && (!task || task->process != process)) {
        if (task)
            task_put(task);
        process_put(process);
        return HELIX_E_NO_PROCESS;
    }
    *subject_out = (struct proc_subject){.process = process, .task = task, .whole = tid == 0};
    return HELIX_OK;
}

void proc_subject_put(struct proc_subject *subject)
{
    if (subject->task)
        task_put(subject->task);
    process_put(subject->process);
}

static bool same_user(const struct credentials *self, const struct credentials *other)
{
    return self->fsuid == other->euid && self->fsuid == other->suid && self->fsuid == other->uid &&
           self->fsgid == other->egid && self->fsgid == other->sgid && self->fsgid == other->gid &&
           (other->cap_permitted & ~self->cap_permitted) == 0;
}

bool proc_may_inspect(const struct proc_subject *subject)
{
    const struct task *self = task_current();
    if (!self || self->process == subject->process || task_capable(CAP_SYS_PTRACE))
        return true;
    if (!subject->task || !subject->process->dumpable)
        return false;
    struct credentials *other = task_credentials_get(subject->task);
    const bool may = same_user(self->credentials, other);
    credentials_put(other);
    return may;
}

u32 proc_tracer(const struct proc_subject *subject)
{
    if (!subject->task)
        return 0;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const struct task *tracer = subject->task->trace.tracer;
    const u32 pid = tracer ? tracer->process->pid : 0;
    spin_unlock_irq(&process_table_lock, key);
    return pid;
}

void proc_place(const struct proc_subject *subject, struct proc_place *place_out)
{
    const struct process *process = subject->process;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    *place_out = (struct proc_place){
        .parent = process->parent ? process->parent->pid : 0,
        .group = process->pgid,
        .session = process->sid,
        .foreground = -1,
    };
    if (process->tty) {
        place_out->terminal = tty_device(process->tty);
        place_out->foreground = (i32)tty_foreground(process->tty);
    }
    spin_unlock_irq(&process_table_lock, key);
}

static char thread_letter(u32 state)
{
    switch (state) {
    case THREAD_CREATING:
    case THREAD_READY:
    case THREAD_RUNNING:
        return 'R';
    case THREAD_STOPPED:
        return 'T';
    case THREAD_DEAD:
    case THREAD_ZOMBIE:
        return 'X';
    default:
        return 'S';
    }
}

char proc_state(const struct proc_subject *subject)
{
    const struct process *process = subject->process;
    if (READ_ONCE(process->zombie))
        return 'Z';
    if (!subject->task)
        return 'X';
    if (READ_ONCE(subject->task->trace.stopped))
        return 't';
    const char letter = thread_letter(atomic_load_relaxed(&subject->task->thread->state));
    return letter == 'S' && READ_ONCE(process->stopped) ? 'T' : letter;
}

const char *proc_state_text(char state)
{
    switch (state) {
    case 'R':
        return "running";
    case 'S':
        return "sleeping";
    case 'T':
        return "stopped";
    case 't':
        return "tracing stop";
    case 'Z':
        return "zombie";
    default:
        return "dead";
    }
}

void proc_name(const struct proc_subject *subject, char name[PROC_NAME_BYTES])
{
    char plain[sizeof subject->task->thread->name + 1] = "";
    const char *from = subject->task ? subject->task->thread->name : subject->process->last_name;
    memcpy(plain, from, sizeof plain - 1);
    size_t used = 0;
    for (const char *c = plain; *c; c++) {
        if (*c == '\\')
            used = lib_format_append(name, PROC_NAME_BYTES, used, "\\\\");
        else if (*c == '\n')
            used = lib_format_append(name, PROC_NAME_BYTES, used, "\\n");
        else
            used = lib_format_append(name, PROC_NAME_BYTES, used, "%c", *c);
    }
    name[used] = '\0';
}

/* A task gives its files and its place in the tree up under the process's lock. */
struct file_table *proc_files(const struct proc_subject *subject)
{
    if (!subject->task)
        return NULL;
    const struct irq_key key = spin_lock_irq(&subject->process->lock);
    struct file_table *files = subject->task->files;
    if (files)
        file_table_get(files);
    spin_unlock_irq(&subject->process->lock, key);
    return files;
}

struct fs_context *proc_fs(const struct proc_subject *subject)
{
    if (!subject->task)
        return NULL;
    const struct irq_key key = spin_lock_irq(&subject->process->lock);
    struct fs_context *fs = subject->task->fs;
    if (fs)
        fs_context_get(fs);
    spin_unlock_irq(&subject->process->lock, key);
    return fs;
}
