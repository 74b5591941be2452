/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* /proc/PID/status, limits, io and schedstat: for people, and for programs that want names with the
 * numbers.
 */
#include "proc/proc.h"

#include <helix/hal/cpu.h>
#include <helix/memory/space.h>
#include <helix/userspace/file_table.h>

#include "signal/signals.h"
#include "task/tasks.h"

void proc_signals(const struct proc_subject *subject, struct proc_signals *signals_out)
{
    struct process *process = subject->process;
    *signals_out = (struct proc_signals){.queued = atomic_load_relaxed(&process->queued_signals)};
    const struct irq_key key = spin_lock_irq(&process->lock);
    signals_out->shared = process->pending.set;
    if (subject->task) {
        signals_out->pending = subject->task->signal.pending.set;
        signals_out->blocked = subject->task->signal.blocked;
    }
    struct signal_hand *hand = process->signals;
    spin_lock(&hand->lock);
    for (unsigned i = 0; i < SIGNAL_COUNT; i++) {
        if (hand->actions[i].handler.raw == SIG_IGN)
            signals_out->ignored |= SIGNAL_BIT(i + 1);
        else if (hand->actions[i].handler.raw != SIG_DFL)
            signals_out->caught |= SIGNAL_BIT(i + 1);
    }
    spin_unlock(&hand->lock);
    spin_unlock_irq(&process->lock, key);
}

static void write_groups(const struct credentials *credentials, struct text_writer *writer)
{
    text_write(writer, "Groups:\t");
    for (u32 i = 0; i < credentials->group_count; i++)
        text_write(writer, "%u ", credentials->groups[i]);
    text_write(writer, "\n");
}

static void write_identity(const struct proc_subject *subject, struct text_writer *writer)
{
    const struct process *process = subject->process;
    const u32 id = subject->whole ? process->pid : subject->task->tid;
    char name[PROC_NAME_BYTES];
    struct proc_place place;
    proc_name(subject, name);
    proc_place(subject, &place);
    struct fs_context *fs = proc_fs(subject);
    text_write(writer, "Name:\t%s\n", name);
    if (fs) {
        text_write(writer, "Umask:\t%04o\n", fs->umask);
        fs_context_put(fs);
    }
    const char state = proc_state(subject);
    text_write(writer,
               "State:\t%c (%s)\nTgid:\t%u\nNgid:\t0\nPid:\t%u\nPPid:\t%u\nTracerPid:\t%u\n", state,
               proc_state_text(state), process->pid, id, place.parent, proc_tracer(subject));
}

static void write_ids(const struct proc_subject *subject, struct text_writer *writer)
{
    const struct process *process = subject->process;
    if (!subject->task) {
        text_write(writer, "Uid:\t%u\t%u\t%u\t%u\n", process->uid, process->euid, process->suid,
                   process->euid);
        return;
    }
    struct credentials *own = task_credentials_get(subject->task);
    text_write(writer, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", own->uid, own->euid,
               own->suid, own->fsuid, own->gid, own->egid, own->sgid, own->fsgid);
    struct file_table *files = proc_files(subject);
    text_write(writer, "FDSize:\t%u\n", files ? READ_ONCE(files->capacity) : 0);
    if (files)
        file_table_put(files);
    write_groups(own, writer);
    credentials_put(own);
}

static void write_kilobytes(struct text_writer *writer, const char *name, u64 pages)
{
    text_write(writer, "%s:\t%8llu kB\n", name, (unsigned long long)(pages * (PAGE_SIZE / 1024)));
}

static void write_memory(const struct proc_subject *subject, struct text_writer *writer)
{
    struct vm_usage usage;
    struct vm_space *space = process_space_get(subject->process);
    if (!space)
        return;
    vm_space_usage(space, &usage);
    vm_space_put(space);
    write_kilobytes(writer, "VmSize", usage.mapped_pages);
    write_kilobytes(writer, "VmLck", usage.locked_pages);
    write_kilobytes(writer, "VmHWM", usage.peak_resident_pages);
    write_kilobytes(writer, "VmRSS", usage.resident_pages);
    write_kilobytes(writer, "RssAnon", usage.resident_pages - usage.shared_pages);
    write_kilobytes(writer, "RssFile", usage.shared_pages);
    write_kilobytes(writer, "VmData", usage.data_pages);
    write_kilobytes(writer, "VmStk", usage.stack_pages);
    write_kilobytes(writer, "VmExe", usage.text_pages);
    write_kilobytes(writer, "VmPTE", usage.table_pages);
    write_kilobytes(writer, "VmSwap", 0); // nothing is swapped
}

static void write_signals(const struct proc_subject *subject, struct text_writer *writer)
{
    struct proc_signals signals;
    proc_signals(subject, &signals);
    text_write(writer, "Threads:\t%u\nSigQ:\t%u/%llu\n", subject->process->task_count,
               signals.queued,
               (unsigned long long)subject->process->limits[LINUX_RLIMIT_SIGPENDING].soft);
    text_write(writer,
               "SigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%"
               "016llx\n",
               (unsigned long long)signals.pending, (unsigned long long)signals.shared,
               (unsigned long long)signals.blocked, (unsigned long long)signals.ignored,
               (unsigned long long)signals.caught);
}

static void write_capabilities(const struct proc_subject *subject, struct text_writer *writer)
{
    if (!subject->task)
        return;
    struct credentials *own = task_credentials_get(subject->task);
    text_write(writer,
               "CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\nCapBnd:\t%016llx\nCapAmb:\t%"
               "016llx\n",
               (unsigned long long)own->cap_inheritable, (unsigned long long)own->cap_permitted,
               (unsigned long long)own->cap_effective, (unsigned long long)own->cap_bounding,
               (unsigned long long)own->cap_ambient);
    credentials_put(own);
}

/* "0-3,6" */
static void write_cpu_list(cpu_mask mask, struct text_writer *writer)
{
    const char *separator = "";
    for (unsigned cpu = 0; cpu < HELIX_MAX_CPUS; cpu++) {
        if (!(mask & CPU_MASK_OF(cpu)))
            continue;
        unsigned last = cpu;
        while (last + 1 < HELIX_MAX_CPUS && (mask & CPU_MASK_OF(last + 1)))
            last++;
        if (last == cpu)
            text_write(writer, "%s%u", separator, cpu);
        else
            text_write(writer, "%s%u-%u", separator, cpu, last);
        separator = ",";
        cpu = last;
    }
}

static void write_scheduling(const struct proc_subject *subject, struct text_writer *writer)
{
    if (!subject->task)
        return;
    struct process_usage usage;
    const cpu_mask all =
        hal_cpu_count() == HELIX_MAX_CPUS ? CPU_MASK_ALL : CPU_MASK_OF(hal_cpu_count()) - 1;
    const cpu_mask allowed = subject->task->thread->sched.affinity & all;
    text_write(writer, "Cpus_allowed:\t%llx\nCpus_allowed_list:\t", (unsigned long long)allowed);
    write_cpu_list(allowed, writer);
    task_usage(subject->task, &usage);
    text_write(writer, "\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
    text_write(writer, "voluntary_ctxt_switches:\t%llu\nnonvoluntary_ctxt_switches:\t%llu\n",
               (unsigned long long)usage.voluntary, (unsigned long long)usage.involuntary);
}

helix_status proc_show_status(const struct proc_subject *subject, struct text_writer *writer)
{
    write_identity(subject, writer);
    write_ids(subject, writer);
    write_memory(subject, writer);
    write_signals(subject, writer);
    write_capabilities(subject, writer);
    text_write(writer, "NoNewPrivs:\t%u\nSeccomp:\t0\n",
               subject->task && subject->task->no_new_privs ? 1u : 0u);
    write_scheduling(subject, writer);
    return HELIX_OK;
}

struct limit_name {
    const char *name, *unit;
};
static const struct limit_name limit_names[RLIMIT_COUNT] = {
    [LINUX_RLIMIT_CPU] = {"Max cpu time", "seconds"},
    [LINUX_RLIMIT_FSIZE] = {"Max file size", "bytes"},
    [LINUX_RLIMIT_DATA] = {"Max data size", "bytes"},
    [LINUX_RLIMIT_STACK] = {"Max stack size", "bytes"},
    [LINUX_RLIMIT_CORE] = {"Max core file size", "bytes"},
    [LINUX_RLIMIT_RSS] = {"Max resident set", "bytes"},
    [LINUX_RLIMIT_NPROC] = {"Max processes", "processes"},
    [LINUX_RLIMIT_NOFILE] = {"Max open files", "files"},
    [LINUX_RLIMIT_MEMLOCK] = {"Max locked memory", "bytes"},
    [LINUX_RLIMIT_AS] = {"Max address space", "bytes"},
    [LINUX_RLIMIT_LOCKS] = {"Max file locks", "locks"},
    [LINUX_RLIMIT_SIGPENDING] = {"Max pending signals", "signals"},
    [LINUX_RLIMIT_MSGQUEUE] = {"Max msgqueue size", "bytes"},
    [LINUX_RLIMIT_NICE] = {"Max nice priority", ""},
    [LINUX_RLIMIT_RTPRIO] = {"Max realtime priority", ""},
    [LINUX_RLIMIT_RTTIME] = {"Max realtime timeout", "us"},
};

static void write_limit(struct text_writer *writer, u64 value)
{
    if (value == UINT64_MAX)
        text_write(writer, "%-20s ", "unlimited");
    else
        text_write(writer, "%-20llu ", (unsigned long long)value);
}

helix_status proc_show_limits(const struct proc_subject *subject, struct text_writer *writer)
{
    struct resource_limit limits[RLIMIT_COUNT];
    const struct irq_key key = spin_lock_irq(&subject->process->lock);
    for (unsigned i = 0; i < RLIMIT_COUNT; i++)
        limits[i] = subject->process->limits[i];
    spin_unlock_irq(&subject->process->lock, key);
    text_write(writer, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
    for (unsigned i = 0; i < RLIMIT_COUNT; i++) {
        text_write(writer, "%-25s ", limit_names[i].name);
        write_limit(writer, limits[i].soft);
        write_limit(writer, limits[i].hard);
        text_write(writer, "%-10s\n", limit_names[i].unit);
    }
    return HELIX_OK;
}

/* Linux also tells what reached block devices: there are none. */
helix_status proc_show_io(const struct proc_subject *subject, struct text_writer *writer)
{
    struct task_io io;
    if (subject->whole)
        process_io(subject->process, &io);
    else
        io = subject->task->io;
    text_write(writer,
               "rchar: %llu\nwchar: %llu\nsyscr: %llu\nsyscw: %llu\nread_bytes: 0\nwrite_bytes: "
               "0\ncancelled_write_bytes: 0\n",
               (unsigned long long)io.bytes_read, (unsigned long long)io.bytes_written,
               (unsigned long long)io.reads, (unsigned long long)io.writes);
    return HELIX_OK;
}

/* Time on a CPU, time in a queue, and turns. Linux gives the task that leads for /proc/PID, too. */
helix_status proc_show_schedstat(const struct proc_subject *subject, struct text_writer *writer)
{
    const struct thread *thread = subject->task ? subject->task->thread : NULL;
    if (thread)
        text_write(
            writer, "%llu 0 %llu\n",
            (unsigned long long)(READ_ONCE(thread->user_time) + READ_ONCE(thread->kernel_time)),
            (unsigned long long)(READ_ONCE(thread->switches_voluntary) +
                                 READ_ONCE(thread->switches_forced)));
    return HELIX_OK;
}
