/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * execve(2). The new program is complete, address space and stack, before anything of the old one
 * is touched: until the siblings are told to end, every failure is an errno to the caller. After
 * that point nothing can fail but being killed.
 */
#include "exec/exec.h"
#include "arch.h"
#include "calls.h"
#include "task/tasks.h"
#include "time/timers.h"
#include "trace/trace.h"

#include <helix/hal/fpu.h>
#include <helix/hal/mmu.h>
#include <helix/lib/format.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/userspace/file_table.h>

#define SCRIPT_DEPTH_MAX 4u
#define ARGUMENTS_MIN    (128 * 1024u)
#define ARGUMENTS_MAX    (6 * 1024 * 1024u)

static size_t argument_limit(void)
{
    const u64 quarter = process_limit(LINUX_RLIMIT_STACK) / 4;
    return (size_t)max(min(quarter, (u64)ARGUMENTS_MAX), (u64)ARGUMENTS_MIN);
}

static void set_comm(struct exec_attempt *attempt, const char *path)
{
    const char *slash = strrchr(path, '/');
    strlcpy(attempt->comm, slash ? slash + 1 : path, sizeof attempt->comm);
}

/* Replace the script by its interpreter, and put the interpreter's words in front of the arguments.
 */
static helix_status follow_script(struct exec_attempt *attempt, const char *script)
{
    struct script_line *line = kmalloc(sizeof *line);
    if (!line)
        return HELIX_E_NOMEM;
    helix_status status = script_read_line(attempt->image.head, attempt->image.head_bytes, line);
    if (status != HELIX_OK)
        goto free_line;
    exec_strings_drop_first(&attempt->strings);
    status = exec_strings_push_front(&attempt->strings, script);
    if (status == HELIX_OK && line->have_argument)
        status = exec_strings_push_front(&attempt->strings, line->argument);
    if (status == HELIX_OK)
        status = exec_strings_push_front(&attempt->strings, line->interpreter);
    if (status != HELIX_OK)
        goto free_line;
    file_put(attempt->image.file);
    attempt->image.file = NULL;
    status = exec_image_open(&attempt->image, LINUX_AT_FDCWD, line->interpreter);
free_line:
    kfree(line);
    return status;
}

static bool is_script(const struct exec_attempt *attempt)
{
    return attempt->image.head_bytes >= 2 && attempt->image.head[0] == '#' &&
           attempt->image.head[1] == '!';
}

static helix_status follow_scripts(struct exec_attempt *attempt)
{
    if (!is_script(attempt))
        return HELIX_OK;
    char *script = kstrdup(attempt->name);
    helix_status status = script ? HELIX_OK : HELIX_E_NOMEM;
    for (unsigned depth = 0; status == HELIX_OK && is_script(attempt); depth++) {
        if (depth > SCRIPT_DEPTH_MAX) {
            status = HELIX_E_LOOP;
            break;
        }
        status = follow_script(attempt, script);
        // An interpreter that is a script itself is named to its own interpreter.
        kfree(script);
        script = kstrdup(attempt->strings.memory + attempt->strings.start);
        if (!script)
            status = HELIX_E_NOMEM;
    }
    kfree(script);
    return status;
}

static void limits_of_space(struct exec_attempt *attempt)
{
    const struct resource_limit *limits = process_current()->limits;
    const struct vm_limits wanted = {
        .address_space = limits[LINUX_RLIMIT_AS].soft,
        .data = limits[LINUX_RLIMIT_DATA].soft,
        .stack = limits[LINUX_RLIMIT_STACK].soft,
        .locked = limits[LINUX_RLIMIT_MEMLOCK].soft,
    };
    vm_set_limits(attempt->space, &wanted);
}

/* From an open file to an address space ready to run. */
static helix_status prepare(struct exec_attempt *attempt)
{
    helix_status status = follow_scripts(attempt);
    if (status == HELIX_OK)
        status = exec_image_read(&attempt->image);
    if (status != HELIX_OK)
        return status;
    if (attempt->image.program.interpreter_bytes)
        status = exec_image_interpreter(&attempt->image, &attempt->interpreter);
    if (status != HELIX_OK)
        return status;
    status = credentials_for_exec(attempt->image.file, &attempt->credentials, &attempt->secure);
    if (status == HELIX_OK)
        status = vm_space_create(&attempt->space);
    if (status != HELIX_OK)
        return status;
    limits_of_space(attempt);
    status = exec_load(attempt);
    if (status == HELIX_OK)
        status = exec_build_stack(attempt);
    return status;
}

/* Handlers are code of the old program; ignored signals stay ignored. */
static void reset_signals(struct process *process, struct task *task, struct signal_hand *spare)
{
    struct signal_hand *old = process->signals;
    const struct irq_key key = spin_lock_irq(&process->lock);
    if (ref_count(&old->references) > 1)
        process->signals = spare;
    struct signal_hand *hand = process->signals;
    spin_lock(&hand->lock);
    for (unsigned i = 0; i < SIGNAL_COUNT; i++) {
        const uintptr_t handler = old->actions[i].handler.raw;
        hand->actions[i] =
            (struct signal_action){.handler = vaddr_of(handler == SIG_IGN ? SIG_IGN : SIG_DFL)};
    }
    spin_unlock(&hand->lock);
    spin_unlock_irq(&process->lock, key);
    signal_hand_put(hand == old ? spare : old);
    task->signal.stack_base = vaddr_of(0);
    task->signal.stack_bytes = 0;
    task->signal.stack_flags = SS_DISABLE;
}

static void switch_space(struct process *process, struct task *task, struct vm_space *space)
{
    struct vm_space *old = process_space_swap(process, space);
    const struct irq_key key = hal_irq_save();
    task->thread->hal.space = vm_space_hal(space);
    hal_space_activate(task->thread->hal.space);
    hal_irq_restore(key);
    if (old)
        vm_space_put(old);
}

static void note_program(struct process *process, struct exec_attempt *attempt)
{
    process_program_set(process, attempt->image.file);
    attempt->image.file = NULL;
    process->arguments_start = vaddr_of(attempt->arguments_start);
    process->arguments_end = vaddr_of(attempt->arguments_end);
    process->environment_start = vaddr_of(attempt->environment_start);
    process->environment_end = vaddr_of(attempt->environment_end);
    process->auxv_start = vaddr_of(attempt->auxv_start);
    process->auxv_end = vaddr_of(attempt->auxv_end);
    process->signal_return = attempt->signal_return;
    process->personality = attempt->personality;
    // By the ids of the old program: task_credentials_set() looks at what the new one gains.
    const struct credentials *own = task_current()->credentials;
    process->dumpable = own->uid == own->euid && own->gid == own->egid;
    if (attempt->secure)
        task_current()->parent_death_signal = 0;
    process->did_exec = true;
    process->barriers = 0;
}

/* The point of no return lies inside: process_end_siblings(). */
static helix_status commit(struct exec_attempt *attempt)
{
    struct task *task = task_current();
    struct process *process = task->process;
    struct signal_hand *spare = signal_hand_create();
    if (!spare)
        return HELIX_E_NOMEM;
    helix_status status = process_end_siblings();
    // A table shared with another process is not ours to change.
    if (status == HELIX_OK && task_unshare(CLONE_FILES) != 0)
        status = HELIX_E_NOMEM;
    if (status != HELIX_OK) {
        signal_hand_put(spare);
        return status;
    }
    task_release_memory(task);
    futex_owner_ended(task, FUTEX_LIFE_OPEN);
    switch_space(process, task, attempt->space);
    attempt->space = NULL;
    process_timers_exec(process);
    reset_signals(process, task, spare);
    file_table_close_on_exec(task->files);
    note_program(process, attempt);
    task_credentials_set(attempt->credentials);
    attempt->credentials = NULL;
    memcpy(task->thread->name, attempt->comm, sizeof attempt->comm);
    process->exit_signal = SIGCHLD;
    task->robust_list = vaddr_of(0);
    arch_tls_clear();
    return HELIX_OK;
}

static void fresh_registers(void)
{
    struct hal_thread *thread = hal_current();
    preempt_disable();
    hal_fpu_init_state(thread->fpu);
    hal_fpu_restore(thread->fpu);
    preempt_enable();
}

static void discard(struct exec_attempt *attempt)
{
    exec_strings_free(&attempt->strings);
    if (attempt->image.file)
        file_put(attempt->image.file);
    if (attempt->interpreter)
        exec_image_close(attempt->interpreter);
    if (attempt->space)
        vm_space_put(attempt->space);
    if (attempt->credentials)
        credentials_put(attempt->credentials);
    kfree(attempt);
}

static struct exec_attempt *attempt_new(const char *path)
{
    struct exec_attempt *attempt = kzalloc(sizeof *attempt);
    if (!attempt)
        return NULL;
    attempt->name = path;
    attempt->personality = process_current()->personality;
    set_comm(attempt, path);
    return attempt;
}

/* Strings are in place. On success @frame holds the program's first registers. Frees the attempt.
 */
static helix_status run(struct exec_attempt *attempt, int dirfd, const char *path,
                        struct hal_frame *frame)
{
    helix_status status = exec_image_open(&attempt->image, dirfd, path);
    if (status == HELIX_OK)
        status = prepare(attempt);
    if (status == HELIX_OK)
        status = commit(attempt);
    if (status == HELIX_OK) {
        // An interpreter finds the program's own entry in the auxiliary vector.
        const struct exec_image *first =
            attempt->interpreter ? attempt->interpreter : &attempt->image;
        const u64 entry = first->program.entry + first->bias;
        arch_frame_init_program(frame, vaddr_of(entry), vaddr_of(attempt->stack_pointer));
        fresh_registers();
    }
    discard(attempt);
    return status;
}

helix_status exec_kernel(const char *path, const char *const *argv, const char *const *envp)
{
    struct exec_attempt *attempt = attempt_new(path);
    struct hal_frame frame;
    if (!attempt)
        return HELIX_E_NOMEM;
    helix_status status = exec_strings_read_kernel(&attempt->strings, argv, envp, argument_limit());
    if (status != HELIX_OK) {
        discard(attempt);
        return status;
    }
    status = run(attempt, LINUX_AT_FDCWD, path, &frame);
    if (status == HELIX_OK) {
        thread_account_leave();
        hal_user_enter(&frame);
    }
    return status;
}

/* An empty argument vector becomes { "" }, as Linux does since programs were attacked through it.
 */
static helix_status read_strings(struct exec_attempt *attempt, u64 argv, u64 envp)
{
    helix_status status = exec_strings_read_user(&attempt->strings, argv, envp, argument_limit());
    if (status == HELIX_OK && attempt->strings.argument_count == 0)
        status = exec_strings_push_front(&attempt->strings, "");
    return status;
}

static i64 exec_user(int dirfd, const char *path, const char *name, u64 argv, u64 envp)
{
    struct process *process = process_current();
    if (process->over_process_limit && process_limit_exceeded())
        return call_error(LINUX_EAGAIN);
    process->over_process_limit = false;
    struct exec_attempt *attempt = attempt_new(name);
    if (!attempt)
        return call_error(LINUX_ENOMEM);
    struct hal_frame frame;
    const u32 tid = task_current()->tid;
    helix_status status = read_strings(attempt, argv, envp);
    if (status != HELIX_OK) {
        discard(attempt);
        return syscall_result(status);
    }
    status = run(attempt, dirfd, path, &frame);
    if (status == HELIX_E_INTERRUPTED)
        return call_error(
            LINUX_EAGAIN); // another thread's execve() or exit was faster; this one ends
    if (status != HELIX_OK)
        return syscall_result(status);
    *hal_current_frame() = frame;
    trace_exec_done(tid);
    return 0;
}

static helix_status get_path(u64 from, char **path_out)
{
    char *path = kmalloc(LINUX_PATH_MAX);
    size_t length;
    if (!path)
        return HELIX_E_NOMEM;
    const helix_status status = user_copy_string(path, vaddr_of(from), LINUX_PATH_MAX, &length);
    if (status != HELIX_OK) {
        kfree(path);
        return status;
    }
    *path_out = path;
    return HELIX_OK;
}

i64 sys_execve(const u64 *arguments)
{
    char *path;
    const helix_status status = get_path(arguments[0], &path);
    if (status != HELIX_OK)
        return syscall_result(status);
    const i64 result = path[0] ? exec_user(LINUX_AT_FDCWD, path, path, arguments[1], arguments[2])
                               : call_error(LINUX_ENOENT);
    kfree(path);
    return result;
}

/* "" with AT_EMPTY_PATH runs the descriptor itself: by its name under /proc, which also tells
 * scripts where they are. */
i64 sys_execveat(const u64 *arguments)
{
    const int dirfd = (int)arguments[0];
    const u32 flags = (u32)arguments[4];
    char *path;
    char by_number[32];
    if (flags & ~(LINUX_AT_EMPTY_PATH | LINUX_AT_SYMLINK_NOFOLLOW))
        return call_error(LINUX_EINVAL);
    const helix_status status = get_path(arguments[1], &path);
    if (status != HELIX_OK)
        return syscall_result(status);
    i64 result;
    if (path[0]) {
        result = exec_user(dirfd, path, path, arguments[2], arguments[3]);
    } else if (flags & LINUX_AT_EMPTY_PATH) {
        lib_format(by_number, sizeof by_number, "/proc/self/fd/%d", dirfd);
        result = exec_user(LINUX_AT_FDCWD, by_number, by_number, arguments[2], arguments[3]);
    } else {
        result = call_error(LINUX_ENOENT);
    }
    kfree(path);
    return result;
}
