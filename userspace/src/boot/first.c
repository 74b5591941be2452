/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The first process, and the init step "userland" that makes it. */
#include "aio/aio.h"
#include "boot/words.h"
#include "calls.h"
#include "core/core.h"
#include "epoll/epoll.h"
#include "exec/exec.h"
#include "files/event_fd.h"
#include "files/leases.h"
#include "files/limits.h"
#include "files/locks.h"
#include "files/owner.h"
#include "futex/futex.h"
#include "helix/helix_calls.h"
#include "inotify/inotify.h"
#include "mqueue/mqueue.h"
#include "proc/proc.h"
#include "signal/signal_file.h"
#include "signal/signals.h"
#include "socket/socket_calls.h"
#include "system/kernel_log.h"
#include "task/oom.h"
#include "task/tasks.h"
#include "time/timer_file.h"
#include "trace/trace.h"

#include <helix/abi/linux.h>
#include <helix/capability/linux.h>
#include <helix/core/user_boundary.h>
#include <helix/init/init.h>
#include <helix/lib/assert.h>
#include <helix/lib/log.h>
#include <helix/userspace/file_table.h>
#include <helix/vfs/path.h>

#define CONSOLE_PATH   "/dev/console"
#define CONSOLE_DEVICE ((5ull << 8) | 1)

/* What the first thread needs once it runs; it never ends, so neither does this. */
static struct boot_words words;
static const char *wanted; // by rdinit=, or the first of the usual names
static struct {
    const char *path;
    const char *const *argv;
    const char *const *envp;
} given; // by userspace_start_init()

static const char *const fallbacks[] = {"/sbin/init", "/etc/init", "/bin/init", "/bin/sh"};

/* An archive without a console node still gets one, as Linux's built-in archive has it. */
static void make_console_node(const struct walk_context *walk)
{
    // They exist as a rule; what else goes wrong shows when the console is opened.
    helix_ignore(vfs_mkdir(walk, "/dev", 0755));
    helix_ignore(vfs_mknod(walk, CONSOLE_PATH, LINUX_S_IFCHR | 0600, CONSOLE_DEVICE));
}

static helix_status open_console(void)
{
    const struct task *task = task_current();
    const struct walk_context walk = {.fs = task->fs, .credentials = task->credentials};
    struct file *file;
    int fd;
    helix_status status = vfs_open(&walk, CONSOLE_PATH, LINUX_O_RDWR, 0, &file);
    if (status == HELIX_E_NOENT || status == HELIX_E_NOT_DIR) {
        make_console_node(&walk);
        status = vfs_open(&walk, CONSOLE_PATH, LINUX_O_RDWR, 0, &file);
    }
    if (status != HELIX_OK)
        return status;
    status = fd_install(file, 0, false, &fd);
    if (status != HELIX_OK) {
        file_put(file);
        return status;
    }
    for (int copy = 1; status == HELIX_OK && copy <= 2; copy++)
        status = fd_duplicate(0, copy, false);
    return status;
}

static void try_program(const char *path, const char *const *argv, const char *const *envp)
{
    helix_boot_ended();
    const helix_status status = exec_kernel(path, argv, envp);
    if (status == HELIX_E_NOENT)
        log_debug("userland", "no %s", path);
    else
        log_warn("userland", "%s does not run: %s", path, helix_status_text(status));
}

static void try_usual_names(void)
{
    words.arguments[0] = wanted;
    try_program(wanted, words.arguments, words.environment);
    for (size_t i = 0; i < array_count(fallbacks); i++) {
        words.arguments[0] = fallbacks[i];
        try_program(fallbacks[i], words.arguments, words.environment);
    }
}

static void first_main(void *unused)
{
    (void)unused;
    const helix_status status = open_console();
    if (status != HELIX_OK)
        log_warn("userland", "init starts without a console: %s", helix_status_text(status));
    if (given.path)
        try_program(given.path, given.argv, given.envp);
    else
        try_usual_names();
    helix_panic("no program to start with: %s and the usual names do not run; is there an -initrd?",
                given.path ? given.path : wanted);
}

static struct credentials *first_credentials(void)
{
    struct credentials *root = credentials_root();
    struct credentials *own = credentials_copy(root);
    credentials_put(root);
    if (own) {
        own->cap_effective = own->cap_permitted = own->cap_bounding = CAPABILITY_SET_FULL.bits;
        own->cap_inheritable = own->cap_ambient = 0;
    }
    return own;
}

static helix_status fill_task(struct task *task)
{
    task->credentials = first_credentials();
    if (!task->credentials)
        return HELIX_E_NOMEM;
    task->signal.stack_flags = 2; // SS_DISABLE
    helix_status status = file_table_create(&task->files);
    if (status == HELIX_OK)
        status = fs_context_create(&task->fs);
    return status;
}

static helix_status fill_process(struct process *process)
{
    limits_set_initial(process);
    process->exit_signal = SIGCHLD;
    process->dumpable = true;
    process->core_filter = CORE_FILTER_DEFAULT;
    process->started = hal_clock_now();
    process->signals = signal_hand_create();
    if (!process->signals)
        return HELIX_E_NOMEM;
    return vm_space_create(&process->space);
}

static helix_status make_first_thread(struct task *task)
{
    const struct thread_args args = {
        .name = "init",
        .entry = first_main,
        .space = vm_space_hal(task->process->space),
        .task = task,
        .task_released = task_released,
    };
    return thread_create(&args, &task->thread);
}

static void enter_table(struct process *process, struct task *task)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    task->tid = process->pid = pid_allocate_locked();
    process_get(process);
    process->leader = task;
    spin_lock(&process->lock);
    list_push_back(&process->tasks, &task->process_link);
    process->task_count = 1;
    spin_unlock(&process->lock);
    process_table_add_locked(process);
    task_table_add_locked(task);
    process_init = process;
    spin_unlock_irq(&process_table_lock, key);
}

/* Without a first process there is nothing to go back to: what was made before a failure stays. */
static helix_status start_first(void)
{
    struct process *process = process_allocate();
    struct task *task = process ? task_allocate(process) : NULL;
    if (!task)
        return HELIX_E_NOMEM;
    process_put(process); // the task has its own reference
    helix_status status = fill_process(process);
    if (status == HELIX_OK)
        status = fill_task(task);
    if (status == HELIX_OK)
        status = make_first_thread(task);
    if (status != HELIX_OK)
        return status;
    enter_table(process, task);
    struct thread *thread = task->thread;
    thread_start(thread);
    thread_put(thread);
    return HELIX_OK;
}

helix_status userspace_start_init(const char *path, const char *const *argv,
                                  const char *const *envp)
{
    given.path = path;
    given.argv = argv;
    given.envp = envp;
    return start_first();
}

static void read_command_line(void)
{
    bool after_dashes;
    boot_words_begin(&words);
    for (unsigned i = 0; i < init_word_count(); i++) {
        const char *word = init_word(i, &after_dashes);
        boot_words_add(&words, word, after_dashes);
    }
    wanted = init_option("rdinit");
    if (!wanted || !*wanted)
        wanted = "/init";
    if (words.overflow)
        log_warn("userland", "more than %u words for init: the last are left out", BOOT_WORDS_MAX);
}

static helix_status start_personality(void)
{
    static const struct user_boundary boundary = {
        .fault = user_fault,
        .user_return = user_return,
        .call_begin = trace_call_begin,
        .call_end = trace_call_end,
    };
    exec_start();
    process_table_start();
    futex_start();
    epoll_objects_start();
    file_owners_start();
    file_leases_start();
    event_fd_start();
    signal_files_start();
    timer_files_start();
    file_locks_init();
    socket_calls_start();
    mq_files_start();
    inotify_start();
    aio_start();
    syscall_register_linux(call_table, call_table_count);
    helix_calls_start();
    terminal_start();
    file_limits_start();
    proc_start();
    core_dump_start();
    system_log_start();
    oom_start();
    syscall_set_user_boundary(&boundary);
    return HELIX_OK;
}
INIT_STEP(userland, personality, .run = start_personality);

static helix_status start_userland(void)
{
    read_command_line();
    return start_first();
}
INIT_STEP(userland, run, .run = start_userland, .flags = INIT_STEP_PROGRAM,
          .after = HELIX_INIT_NAMES("userland.personality"));
