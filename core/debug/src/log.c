/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * The kernel log. Records of fixed size in a ring, so that a reader can always find the oldest one
 * and a writer never has to make room. A record is formatted on the writer's stack and copied in
 * under the lock; the sinks are written under it too, so lines come whole.
 */
#include <helix/debug/log.h>
#include <helix/hal/console.h>
#include <helix/hal/spinlock.h>
#include <helix/hal/time.h>
#include <helix/init/init.h>
#include <helix/lib/atomic.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/profile.h>

#define RING_RECORDS 256

/* Our levels in Linux's scale, which the options of the command line use. */
static const u8 linux_level[] = {[LOG_ERROR] = 3, [LOG_WARN] = 4, [LOG_INFO] = 6, [LOG_DEBUG] = 7};

static struct spinlock lock = SPINLOCK_INIT(LOCK_RANK_LOG);
static struct log_record ring[RING_RECORDS] HELIX_GUARDED_BY(&lock);
static u64 end HELIX_GUARDED_BY(&lock);

static bool started;
static bool panicking;
static unsigned console_level = 7;
static bool to_host;
static void (*notify)(void);

static void emit(const struct log_record *record)
{
    char line[LOG_TEXT_BYTES + 32];
    if (linux_level[record->level] >= console_level)
        return;
    size_t n = lib_format_append(line, sizeof line, 0, "[%5llu.%06llu] %s\n",
                                 (unsigned long long)(record->time / NANOS_PER_SECOND),
                                 (unsigned long long)(record->time % NANOS_PER_SECOND / 1000),
                                 record->text);
    if (to_host)
        hal_host_channel_write(HAL_HOST_LOG, line, n);
    if (HELIX_CONSOLE_BACKEND != 0 && (!to_host || panicking))
        hal_console_write(line, n);
}

static void append_locked(struct log_record *record) HELIX_REQUIRES(&lock)
{
    record->sequence = end++;
    ring[record->sequence % RING_RECORDS] = *record;
    emit(record);
}

/* Before log_start() one CPU runs and the console may not be there: keep the record and say
 * nothing. */
static void append_early(struct log_record *record) HELIX_NO_THREAD_SAFETY
{
    record->sequence = end++;
    ring[record->sequence % RING_RECORDS] = *record;
}

/* In a panic whoever holds the lock may be stopped for ever. */
static void append_in_panic(struct log_record *record) HELIX_NO_THREAD_SAFETY
{
    append_locked(record);
}

static void append(struct log_record *record)
{
    if (!started) {
        append_early(record);
        return;
    }
    record->time = hal_clock_now();
    if (panicking) {
        append_in_panic(record);
        return;
    }
    struct irq_key key = spin_lock_irq(&lock);
    append_locked(record);
    spin_unlock_irq(&lock, key);
    if (notify != NULL)
        notify();
}

void helix_log_args(enum log_level level, const char *component, const char *format, va_list args)
{
    struct log_record record;
    record.level = level <= LOG_DEBUG ? level : LOG_DEBUG;
    record.time = 0;
    size_t used = lib_format_append(record.text, sizeof record.text, 0, "%s: ", component);
    lib_format_args(record.text + used, sizeof record.text - used, format, args);
    record.length = (u32)strlen(record.text);
    append(&record);
}

void helix_log(enum log_level level, const char *component, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    helix_log_args(level, component, format, args);
    va_end(args);
}

static void read_options(void)
{
    u64 level;
    console_level = linux_level[HELIX_CONSOLE_LOG_LEVEL] + 1u;
    if (init_option("quiet") != NULL)
        console_level = 4;
    if (init_option("debug") != NULL)
        console_level = 8;
    if (init_option_number("loglevel", &level) && level <= 8)
        console_level = (unsigned)level;
}

void log_start(void) HELIX_NO_THREAD_SAFETY
{
    read_options();
    to_host = HELIX_DEBUG_DEBUG_PORT != 0 && hal_host_channel_present(HAL_HOST_LOG);
    for (u64 i = end > RING_RECORDS ? end - RING_RECORDS : 0; i < end; i++)
        emit(&ring[i % RING_RECORDS]);
    started = true;
}

void log_set_console_level(unsigned level)
{
    atomic_store_relaxed(&console_level, level);
}

unsigned log_console_level(void)
{
    return atomic_load_relaxed(&console_level);
}

bool log_read(u64 sequence, struct log_record *record_out)
{
    struct irq_key key = spin_lock_irq(&lock);
    if (end > RING_RECORDS && sequence < end - RING_RECORDS)
        sequence = end - RING_RECORDS;
    bool there = sequence < end;
    if (there)
        *record_out = ring[sequence % RING_RECORDS];
    spin_unlock_irq(&lock, key);
    return there;
}

u64 log_end(void)
{
    struct irq_key key = spin_lock_irq(&lock);
    u64 n = end;
    spin_unlock_irq(&lock, key);
    return n;
}

void log_set_notify(void (*function)(void))
{
    notify = function;
}

void log_panic_mode(void)
{
    // A panic speaks even where the boot was asked to be quiet.
    console_level = 8;
    panicking = true;
    hal_console_panic();
}
