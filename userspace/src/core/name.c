/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Where core files go: /proc/sys/kernel/core_pattern. */
#include "core/private.h"

#include <helix/execution/timer.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/vfs/special.h>

#include "system/names.h"
#include "task/tasks.h"

#define PATTERN_BYTES 128u

static struct spinlock pattern_lock = SPINLOCK_INIT(LOCK_RANK_OBJECT);
static char pattern[PATTERN_BYTES] = "core";
static bool uses_pid;

static size_t add_word(char *name, size_t capacity, size_t used, const char *word)
{
    for (; *word; word++) // a name is one file, wherever the pattern puts it
        used = lib_format_append(name, capacity, used, "%c", *word == '/' ? '!' : *word);
    return used;
}

static size_t expand(char *name, size_t capacity, size_t used, char letter, int signal)
{
    const struct task *task = task_current();
    const struct process *process = task->process;
    char word[SYSTEM_NODE_BYTES];
    switch (letter) {
    case '%':
        return lib_format_append(name, capacity, used, "%%");
    case 'p':
    case 'P':
        return lib_format_append(name, capacity, used, "%u", process->pid);
    case 'i':
    case 'I':
        return lib_format_append(name, capacity, used, "%u", task->tid);
    case 'u':
        return lib_format_append(name, capacity, used, "%u", task->credentials->uid);
    case 'g':
        return lib_format_append(name, capacity, used, "%u", task->credentials->gid);
    case 'd':
        return lib_format_append(name, capacity, used, "%u", process->dumpable ? 1u : 0u);
    case 's':
        return lib_format_append(name, capacity, used, "%d", signal);
    case 't':
        return lib_format_append(name, capacity, used, "%llu",
                                 (unsigned long long)(wall_clock_now() / (i64)NANOS_PER_SECOND));
    case 'c':
        return lib_format_append(name, capacity, used, "%llu",
                                 (unsigned long long)process_limit(LINUX_RLIMIT_CORE));
    case 'h':
        system_node_name(word, sizeof word);
        return add_word(name, capacity, used, word);
    case 'e':
        memcpy(word, task->thread->name, 16);
        word[16] = '\0';
        return add_word(name, capacity, used, word);
    default:
        return used;
    }
}

bool core_name_make(char *name, size_t capacity, int signal)
{
    char copy[PATTERN_BYTES];
    const struct irq_key key = spin_lock_irq(&pattern_lock);
    memcpy(copy, pattern, sizeof copy);
    const bool add_pid = uses_pid && !strstr(pattern, "%p");
    spin_unlock_irq(&pattern_lock, key);
    size_t used = 0;
    for (const char *c = copy; *c; c++) {
        if (*c != '%')
            used = lib_format_append(name, capacity, used, "%c", *c);
        else if (*++c)
            used = expand(name, capacity, used, *c, signal);
        else
            break;
    }
    if (add_pid)
        used = lib_format_append(name, capacity, used, ".%u", process_current()->pid);
    return used > 0 && used < capacity;
}

static helix_status show_pattern(struct text_writer *writer, void *unused)
{
    char copy[PATTERN_BYTES];
    (void)unused;
    const struct irq_key key = spin_lock_irq(&pattern_lock);
    memcpy(copy, pattern, sizeof copy);
    spin_unlock_irq(&pattern_lock, key);
    text_write(writer, "%s\n", copy);
    return HELIX_OK;
}

/* There is nobody to start a program for it. */
static helix_status store_pattern(const char *text, size_t bytes, void *unused)
{
    (void)unused;
    const char *end = memchr(text, '\n', bytes);
    const size_t length = min(end ? (size_t)(end - text) : bytes, (size_t)PATTERN_BYTES - 1);
    if (length > 0 && text[0] == '|')
        return HELIX_E_INVAL;
    const struct irq_key key = spin_lock_irq(&pattern_lock);
    memset(pattern, 0, sizeof pattern);
    memcpy(pattern, text, length);
    spin_unlock_irq(&pattern_lock, key);
    return HELIX_OK;
}

static helix_status show_uses_pid(struct text_writer *writer, void *unused)
{
    (void)unused;
    text_write(writer, "%u\n", READ_ONCE(uses_pid) ? 1u : 0u);
    return HELIX_OK;
}

static helix_status store_uses_pid(const char *text, size_t bytes, void *unused)
{
    (void)unused;
    if (bytes == 0 || text[0] < '0' || text[0] > '9')
        return HELIX_E_INVAL;
    WRITE_ONCE(uses_pid, text[0] != '0');
    return HELIX_OK;
}

void core_dump_start(void)
{
    static struct proc_entry entries[] = {
        {.path = "sys/kernel/core_pattern",
         .mode = 0644,
         .show = show_pattern,
         .store = store_pattern},
        {.path = "sys/kernel/core_uses_pid",
         .mode = 0644,
         .show = show_uses_pid,
         .store = store_uses_pid},
    };
    for (size_t i = 0; i < array_count(entries); i++)
        proc_register(&entries[i]);
}
