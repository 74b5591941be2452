/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* /proc's files about the system as a whole. */
#include "proc/proc.h"

#include <helix/abi/boot_info.h>
#include <helix/execution/thread.h>
#include <helix/hal/cpu.h>
#include <helix/hal/irq.h>
#include <helix/hal/time.h>
#include <helix/init/init.h>
#include <helix/interrupts/interrupts.h>
#include <helix/memory/frame.h>
#include <helix/memory/heap.h>
#include <helix/memory/space.h>

#include "system/names.h"
#include "task/tasks.h"
#include "time/clock.h"

static u64 kilobytes(u64 frames)
{
    return frames * (PAGE_SIZE / 1024);
}

static u64 ticks(nanos span)
{
    return span / (NANOS_PER_SECOND / USER_HZ);
}

static void write_kilobytes(struct text_writer *writer, const char *name, u64 frames)
{
    text_write(writer, "%-16s%8llu kB\n", name, (unsigned long long)kilobytes(frames));
}

/* Cached pages belong to file systems without a store behind them: nothing of them could be given
 * back. */
static helix_status show_memory(struct text_writer *writer, void *unused)
{
    struct vm_commit commit;
    struct memory_counts counts;
    (void)unused;
    memory_counts(&counts);
    write_kilobytes(writer, "MemTotal:", counts.total);
    write_kilobytes(writer, "MemFree:", counts.free);
    write_kilobytes(writer, "MemAvailable:", counts.free);
    write_kilobytes(writer, "Buffers:", 0);
    write_kilobytes(writer, "Cached:", counts.cache + counts.archive);
    write_kilobytes(writer, "SwapCached:", 0);
    write_kilobytes(writer, "SwapTotal:", 0);
    write_kilobytes(writer, "SwapFree:", 0);
    write_kilobytes(writer, "Dirty:", 0);
    write_kilobytes(writer, "Writeback:", 0);
    write_kilobytes(writer, "AnonPages:", counts.anon);
    write_kilobytes(writer, "Shmem:", counts.cache);
    write_kilobytes(writer, "Slab:", counts.heap);
    write_kilobytes(writer, "SReclaimable:", 0);
    write_kilobytes(writer, "SUnreclaim:", counts.heap);
    write_kilobytes(writer, "PageTables:", counts.tables);
    vm_commit_get(&commit);
    write_kilobytes(writer, "CommitLimit:", commit.limit_pages);
    write_kilobytes(writer, "Committed_AS:", commit.promised_pages);
    return HELIX_OK;
}

static helix_status show_uptime(struct text_writer *writer, void *unused)
{
    struct execution_counts counts;
    nanos idle = 0;
    (void)unused;
    execution_counts(&counts);
    for (unsigned cpu = 0; cpu < hal_cpu_count(); cpu++)
        idle += counts.idle[cpu];
    const u64 up = ticks(hal_clock_now()), rest = ticks(idle);
    text_write(writer, "%llu.%02u %llu.%02u\n", (unsigned long long)(up / USER_HZ),
               (unsigned)(up % USER_HZ), (unsigned long long)(rest / USER_HZ),
               (unsigned)(rest % USER_HZ));
    return HELIX_OK;
}

static helix_status show_load(struct text_writer *writer, void *unused)
{
    struct execution_counts counts;
    (void)unused;
    execution_counts(&counts);
    for (unsigned i = 0; i < 3; i++) {
        const u64 hundredths = counts.load[i] * 100 >> 16;
        text_write(writer, "%llu.%02u ", (unsigned long long)(hundredths / 100),
                   (unsigned)(hundredths % 100));
    }
    text_write(writer, "%llu/%llu %u\n", (unsigned long long)counts.runnable,
               (unsigned long long)counts.total, pid_last());
    return HELIX_OK;
}

static void write_cpu_times(struct text_writer *writer, nanos user, nanos kernel, nanos idle)
{
    text_write(writer, " %llu 0 %llu %llu 0 0 0 0 0 0\n", (unsigned long long)ticks(user),
               (unsigned long long)ticks(kernel), (unsigned long long)ticks(idle));
}

static void write_all_cpu_times(struct text_writer *writer, const struct execution_counts *counts)
{
    nanos user = 0, kernel = 0, idle = 0;
    for (unsigned cpu = 0; cpu < hal_cpu_count(); cpu++) {
        user += counts->busy_user[cpu];
        kernel += counts->busy_kernel[cpu];
        idle += counts->idle[cpu];
    }
    text_write(writer, "cpu ");
    write_cpu_times(writer, user, kernel, idle);
    for (unsigned cpu = 0; cpu < hal_cpu_count(); cpu++) {
        if (!(hal_cpu_online() & CPU_MASK_OF(cpu)))
            continue;
        text_write(writer, "cpu%u", cpu);
        write_cpu_times(writer, counts->busy_user[cpu], counts->busy_kernel[cpu],
                        counts->idle[cpu]);
    }
}

static u64 line_count(unsigned line)
{
    u64 count = 0;
    for (unsigned cpu = 0; cpu < hal_cpu_count(); cpu++)
        count += irq_count(line, cpu);
    return count;
}

static u64 boot_second(void)
{
    nanos wall = 0;
    if (!clock_read(CLOCK_REALTIME, &wall))
        return 0;
    return (wall - hal_clock_now()) / NANOS_PER_SECOND;
}

static helix_status show_statistics(struct text_writer *writer, void *unused)
{
    struct execution_counts counts;
    u64 interrupts = 0;
    (void)unused;
    execution_counts(&counts);
    write_all_cpu_times(writer, &counts);
    for (unsigned line = 0; line < hal_irq_lines(); line++)
        interrupts += line_count(line);
    text_write(writer, "intr %llu\nctxt %llu\nbtime %llu\nprocesses %llu\n",
               (unsigned long long)interrupts, (unsigned long long)counts.switches,
               (unsigned long long)boot_second(), (unsigned long long)counts.forks);
    text_write(writer, "procs_running %llu\nprocs_blocked 0\n",
               (unsigned long long)counts.runnable);
    return HELIX_OK;
}

static helix_status show_cpus(struct text_writer *writer, void *unused)
{
    (void)unused;
    char *record = kmalloc(HAL_CPU_RECORD);
    if (!record)
        return HELIX_E_NOMEM;
    for (unsigned cpu = 0; cpu < hal_cpu_count(); cpu++)
        if (hal_cpu_online() & CPU_MASK_OF(cpu))
            text_write_bytes(writer, record, hal_cpu_record(cpu, record, HAL_CPU_RECORD));
    kfree(record);
    return HELIX_OK;
}

static helix_status show_version(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer, "%s version %s (helix@helix) (%s) %s\n", SYSTEM_NAME, SYSTEM_RELEASE,
               __VERSION__, SYSTEM_VERSION);
    return HELIX_OK;
}

static helix_status show_command_line(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer, "%s\n", init_boot_info()->cmdline);
    return HELIX_OK;
}

static helix_status show_interrupts(struct text_writer *writer, void *unused)
{
    char names[64];
    (void)unused;
    text_write(writer, "     ");
    for (unsigned cpu = 0; cpu < hal_cpu_count(); cpu++)
        text_write(writer, "       CPU%-3u", cpu);
    text_write(writer, "\n");
    for (unsigned line = 0; line < hal_irq_lines(); line++) {
        if (irq_names(line, names, sizeof names) == 0)
            continue;
        text_write(writer, "%4u:", line);
        for (unsigned cpu = 0; cpu < hal_cpu_count(); cpu++)
            text_write(writer, " %12llu", (unsigned long long)irq_count(line, cpu));
        text_write(writer, "  %s\n", names);
    }
    text_write(writer, " ERR: %12llu\n", (unsigned long long)irq_spurious());
    return HELIX_OK;
}

static helix_status show_memory_events(struct text_writer *writer, void *unused)
{
    struct memory_counts counts;
    (void)unused;
    memory_counts(&counts);
    text_write(writer,
               "nr_free_pages %llu\nnr_anon_pages %llu\nnr_file_pages %llu\nnr_slab_unreclaimable "
               "%llu\nnr_page_table_pages %llu\n",
               (unsigned long long)counts.free, (unsigned long long)counts.anon,
               (unsigned long long)(counts.cache + counts.archive), (unsigned long long)counts.heap,
               (unsigned long long)counts.tables);
    return HELIX_OK;
}

/* Lists that are empty as long as there are no block devices say so by their heading. */
static helix_status show_heading(struct text_writer *writer, void *heading)
{
    text_write(writer, "%s", (const char *)heading);
    return HELIX_OK;
}

static char no_partitions[] = "major minor  #blocks  name\n\n";
static char no_swaps[] = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
static char no_disks[] = "";

void proc_system_start(void)
{
    static struct proc_entry entries[] = {
        {.path = "cmdline", .mode = 0444, .show = show_command_line},
        {.path = "cpuinfo", .mode = 0444, .show = show_cpus},
        {.path = "diskstats", .mode = 0444, .show = show_heading, .context = no_disks},
        {.path = "interrupts", .mode = 0444, .show = show_interrupts},
        {.path = "loadavg", .mode = 0444, .show = show_load},
        {.path = "meminfo", .mode = 0444, .show = show_memory},
        {.path = "partitions", .mode = 0444, .show = show_heading, .context = no_partitions},
        {.path = "stat", .mode = 0444, .show = show_statistics},
        {.path = "swaps", .mode = 0444, .show = show_heading, .context = no_swaps},
        {.path = "uptime", .mode = 0444, .show = show_uptime},
        {.path = "version", .mode = 0444, .show = show_version},
        {.path = "vmstat", .mode = 0444, .show = show_memory_events},
    };
    for (size_t i = 0; i < array_count(entries); i++)
        proc_register(&entries[i]);
}
