/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * fork(2) and its kin: a new task, in a new process or in the caller's.
 *
 * Everything that can fail is done before the child is visible: its parts are built and its thread
 * exists, then it enters the process table and the parent's list under one lock, then it starts. A
 * signal that arrives before that point restarts the call, so that a signal to a group never misses
 * a child being born.
 */
#include "arch.h"
#include "calls.h"
#include "sched/setting.h"
#include "task/rseq.h"
#include "task/tasks.h"
#include "time/timers.h"
#include "trace/trace.h"

#include <helix/capability/linux.h>
#include <helix/hal/fpu.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/user_copy.h>
#include <helix/userspace/file_table.h>

#define CLONE_ARGS_MIN  64u
#define CLONE_ARGS_MAX  PAGE_SIZE
#define NAMESPACES_MOST 32u // levels of them that Linux knows

static bool request_is_valid(const struct clone_request *request)
{
    const u64 flags = request->flags;
    if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
        return false;
    if ((flags & CLONE_SIGHAND) && (!(flags & CLONE_VM) || (flags & CLONE_CLEAR_SIGHAND)))
        return false;
    if ((flags & CLONE_PIDFD) && (flags & (CLONE_THREAD | CLONE_DETACHED)))
        return false;
    if ((flags & CLONE_PIDFD) && (flags & CLONE_PARENT_SETTID) &&
        request->pidfd == request->parent_tid)
        return false;
    return !((flags & CLONE_PARENT) && process_current() == process_init);
}

/* There is one namespace of each kind. */
static i64 refuse_namespaces(u64 flags)
{
    const u64 privileged = (CLONE_NAMESPACES | CLONE_NEWTIME) & ~CLONE_NEWUSER;
    if ((flags & privileged) && !(flags & CLONE_NEWUSER) && !task_capable(CAP_SYS_ADMIN))
        return call_error(LINUX_EPERM);
    return flags & (CLONE_NAMESPACES | CLONE_NEWTIME | CLONE_INTO_CGROUP) ? call_error(LINUX_EINVAL)
                                                                          : 0;
}

/* Tasks of @uid; a process whose last one has ended counts until it was waited for. */
static u64 tasks_of_user_locked(u32 uid) HELIX_REQUIRES(&process_table_lock)
{
    u64 count = 0;
    list_for_each(struct process, process, &process_table, table_link)
        if (process->uid == uid)
            count += max(READ_ONCE(process->task_count), 1u);
    return count;
}

static bool is_over_limit_locked(u64 more) HELIX_REQUIRES(&process_table_lock)
{
    const u64 limit = process_limit(LINUX_RLIMIT_NPROC);
    const u32 uid = process_current()->uid;
    return limit != UINT64_MAX && uid != 0 && tasks_of_user_locked(uid) + more > limit;
}

bool process_limit_exceeded(void)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const bool exceeded = is_over_limit_locked(0);
    spin_unlock_irq(&process_table_lock, key);
    return exceeded;
}

static bool no_more_tasks_locked(void) HELIX_REQUIRES(&process_table_lock)
{
    return is_over_limit_locked(1) && !task_capable(CRED_CAP_SYS_RESOURCE) &&
           !task_capable(CRED_CAP_SYS_ADMIN);
}

/* Asked before anything is built, and again when the child enters the table. */
static bool no_more_tasks(void)
{
    if (likely(process_current()->uid == 0))
        return false;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const bool none = no_more_tasks_locked();
    spin_unlock_irq(&process_table_lock, key);
    return none;
}

static void inherit_process(struct process *child, struct process *parent, u64 exit_signal)
{
    memcpy(child->limits, parent->limits, sizeof child->limits);
    child->uid = parent->uid;
    child->euid = parent->euid;
    child->suid = parent->suid;
    child->gid = parent->gid;
    child->arguments_start = parent->arguments_start;
    child->arguments_end = parent->arguments_end;
    child->environment_start = parent->environment_start;
    child->environment_end = parent->environment_end;
    child->auxv_start = parent->auxv_start;
    child->signal_return = parent->signal_return;
    child->auxv_end = parent->auxv_end;
    child->personality = parent->personality;
    child->oom_adjust = parent->oom_adjust;
    child->core_filter = parent->core_filter;
    child->dumpable = parent->dumpable;
    child->no_huge_pages = parent->no_huge_pages;
    child->barriers = parent->barriers;
    child->exit_signal = (u32)exit_signal;
    child->started = hal_clock_now();
    child->program = process_program_get(parent);
}

static void reset_handlers(struct signal_hand *hand) HELIX_NO_THREAD_SAFETY
{
    for (unsigned i = 0; i < SIGNAL_COUNT; i++)
        if (hand->actions[i].handler.raw != SIG_IGN)
            hand->actions[i] = (struct signal_action){0};
}

static helix_status give_handlers(struct process *child, struct process *parent, u64 flags)
{
    if (flags & CLONE_SIGHAND) {
        ref_get(&parent->signals->references);
        child->signals = parent->signals;
        return HELIX_OK;
    }
    child->signals = signal_hand_copy(parent->signals);
    if (!child->signals)
        return HELIX_E_NOMEM;
    if (flags & CLONE_CLEAR_SIGHAND)
        reset_handlers(child->signals);
    return HELIX_OK;
}

static helix_status give_space(struct process *child, struct process *parent, u64 flags)
{
    if (!(flags & CLONE_VM))
        return vm_space_fork(parent->space, &child->space);
    vm_space_get(parent->space);
    child->space = parent->space;
    return HELIX_OK;
}

/* The process a new task belongs to, with a reference for the caller. */
static helix_status make_process(const struct clone_request *request, struct process **process_out)
{
    struct process *parent = process_current();
    if (request->flags & CLONE_THREAD) {
        process_get(parent);
        *process_out = parent;
        return HELIX_OK;
    }
    struct process *child = process_allocate();
    if (!child)
        return HELIX_E_NOMEM;
    // A sibling ends as its creator does: its signal goes to a parent that did not ask for it.
    inherit_process(child, parent,
                    request->flags & CLONE_PARENT ? parent->exit_signal : request->exit_signal);
    helix_status status = give_handlers(child, parent, request->flags);
    if (status == HELIX_OK)
        status = give_space(child, parent, request->flags);
    if (status != HELIX_OK) {
        process_discard(child);
        return status;
    }
    *process_out = child;
    return HELIX_OK;
}

static helix_status give_files(struct task *child, const struct task *parent, u64 flags)
{
    if (!(flags & CLONE_FILES))
        return file_table_copy(parent->files, &child->files);
    file_table_get(parent->files);
    child->files = parent->files;
    return HELIX_OK;
}

static helix_status give_fs(struct task *child, const struct task *parent, u64 flags)
{
    if (!(flags & CLONE_FS))
        return fs_context_copy(parent->fs, &child->fs);
    fs_context_get(parent->fs);
    child->fs = parent->fs;
    return HELIX_OK;
}

static void inherit_task(struct task *child, const struct task *parent,
                         const struct clone_request *request)
{
    credentials_get(parent->credentials);
    child->credentials = parent->credentials;
    child->signal.blocked = parent->signal.blocked;
    child->timer_slack_ns = child->timer_slack_default_ns = parent->timer_slack_ns;
    child->io_flusher = parent->io_flusher;
    child->no_new_privs = parent->no_new_privs;
    child->machine_check = parent->machine_check;
    child->io_priority = parent->io_priority;
    if (parent->io_context)
        child->io_context = request->flags & CLONE_IO ? parent->io_context : object_id_new();
    // Two tasks that run at once in one space cannot share an alternate stack.
    child->signal.stack_flags = SS_DISABLE;
    if ((request->flags & (CLONE_VM | CLONE_VFORK)) != CLONE_VM) {
        child->signal.stack_base = parent->signal.stack_base;
        child->signal.stack_bytes = parent->signal.stack_bytes;
        child->signal.stack_flags = parent->signal.stack_flags;
    }
    if (!(request->flags & CLONE_VM)) {
        child->rseq_area = parent->rseq_area;
        child->rseq_signature = parent->rseq_signature;
    }
    if (request->flags & CLONE_CHILD_SETTID)
        child->set_child_tid = vaddr_of(request->child_tid);
    if (request->flags & CLONE_CHILD_CLEARTID)
        child->clear_child_tid = vaddr_of(request->child_tid);
}

static void child_main(void *argument)
{
    struct task *task = argument;
    if (task->set_child_tid.raw) {
        // As on Linux, a bad address is the child's own problem.
        helix_ignore(user_copy_out(task->set_child_tid, &task->tid, sizeof task->tid));
    }
    if (unlikely(task->process->limits[LINUX_RLIMIT_CPU].soft != UINT64_MAX)) {
        // Without memory for a timer the limit is not enforced; the child itself is complete.
        helix_ignore(cpu_limit_apply(task->process));
    }
    thread_account_leave();
    hal_user_enter(&task->start_frame);
}

/* The area of a thread is only ever saved to by itself: afterwards it holds the registers, whoever
 * runs in between. */
static void copy_floats(struct hal_thread *to)
{
    const struct hal_thread *self = hal_current();
    preempt_disable();
    hal_fpu_save(self->fpu);
    preempt_enable();
    memcpy(to->fpu, self->fpu, hal_fpu_state_size());
}

static void set_registers(struct task *child, const struct clone_request *request)
{
    child->start_frame = *hal_current_frame();
    hal_frame_set_syscall_result(&child->start_frame, 0);
    arch_frame_leave_syscall(&child->start_frame);
    if (request->stack)
        hal_frame_set_sp(&child->start_frame, request->stack);
    arch_tls_copy(&child->thread->hal);
    if (request->flags & CLONE_SETTLS)
        arch_tls_set(&child->thread->hal, request->tls);
    copy_floats(&child->thread->hal);
    rseq_inherit(child);
}

static helix_status make_thread(struct task *child)
{
    struct thread *self = thread_current();
    struct sched_entity inherited = self->sched;
    sched_setting_for_child(task_current(), &inherited);
    const struct thread_args args = {
        .name = self->name,
        .entry = child_main,
        .argument = child,
        .affinity = self->sched.affinity,
        .space = vm_space_hal(child->process->space),
        .task = child,
        .task_released = task_released,
        .inherit = &inherited,
    };
    return thread_create(&args, &child->thread);
}

/* A child with all its parts, in no table yet. */
static helix_status child_build(const struct clone_request *request, struct task **child_out)
{
    const struct task *parent = task_current();
    struct process *process;
    helix_status status = make_process(request, &process);
    if (status != HELIX_OK)
        return status;
    struct task *child = task_allocate(process);
    if (!child) {
        status = HELIX_E_NOMEM;
        goto put_process;
    }
    inherit_task(child, parent, request);
    status = give_files(child, parent, request->flags);
    if (status != HELIX_OK)
        goto free_task;
    status = give_fs(child, parent, request->flags);
    if (status != HELIX_OK)
        goto put_files;
    status = make_thread(child);
    if (status != HELIX_OK)
        goto put_fs;
    set_registers(child, request);
    process_put(process); // the task has its own
    *child_out = child;
    return HELIX_OK;
put_fs:
    fs_context_put(child->fs);
put_files:
    file_table_put(child->files);
free_task:
    task_free(child);
put_process:
    if (process == process_current())
        process_put(process);
    else
        process_discard(process);
    return status;
}

/* Undo child_build(). */
static void child_discard(struct task *child)
{
    struct process *process = child->process;
    fs_context_put(child->fs);
    file_table_put(child->files);
    process_get(process);
    thread_abandon(child->thread); // frees the task
    if (process == process_current())
        process_put(process);
    else
        process_discard(process);
}

static void process_enter_locked(struct process *child, u64 flags)
    HELIX_REQUIRES(&process_table_lock)
{
    struct process *self = process_current();
    process_get(child); // for being in the table
    child->pgid = self->pgid;
    child->sid = self->sid;
    child->tty = self->tty;
    child->parent = flags & CLONE_PARENT ? self->parent : self;
    child->parent_tid = flags & CLONE_PARENT ? self->parent_tid : task_current()->tid;
    list_push_back(&child->parent->children, &child->sibling_link);
    process_table_add_locked(child);
}

/* The number that clone3(2) asks for, or the next one. */
static i64 choose_tid_locked(const struct clone_request *request, u32 *tid_out)
    HELIX_REQUIRES(&process_table_lock)
{
    *tid_out = request->tid;
    if (request->tid)
        return pid_claim_locked(request->tid) ? 0 : call_error(LINUX_EEXIST);
    *tid_out = pid_allocate_locked();
    return *tid_out ? 0 : call_error(LINUX_EAGAIN);
}

/* The child becomes visible, or an error; a signal wants to be taken first. */
static i64 child_enter(const struct clone_request *request, struct task *child, u32 event)
{
    struct process *process = child->process;
    i64 result = 0;
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    spin_lock(&process->lock);
    if (no_more_tasks_locked())
        result = call_error(LINUX_EAGAIN);
    else if (signal_pending_here() || process->exiting)
        result = SYSCALL_RESTART_ALWAYS;
    else
        result = choose_tid_locked(request, &child->tid);
    if (result == 0) {
        list_push_back(&process->tasks, &child->process_link);
        process->task_count++;
        task_table_add_locked(child);
        if (!(request->flags & CLONE_THREAD)) {
            process->pid = child->tid;
            process->leader = child;
            process_enter_locked(process, request->flags);
        }
    }
    spin_unlock(&process->lock);
    if (result == 0)
        trace_inherit_locked(child, event, request->flags);
    spin_unlock_irq(&process_table_lock, key);
    return result;
}

static void wait_for_child(struct task *child, struct vfork_wait *wait)
{
    // Killed while waiting: the child goes on alone, and must not find a wait that is gone.
    helix_ignore(
        WAIT_FOR(&wait->queue, READ_ONCE(wait->done), NANOS_NEVER, WAIT_KILLABLE, "vfork"));
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    child->vfork_done = NULL;
    spin_unlock_irq(&process_table_lock, key);
}

static i64 child_launch(const struct clone_request *request, struct task *child, u32 event)
{
    const u32 tid = child->tid;
    struct thread *thread = child->thread;
    struct vfork_wait wait = {0};
    if (request->flags & CLONE_VFORK) {
        wait_queue_init(&wait.queue);
        child->vfork_done = &wait;
    }
    if (request->flags & CLONE_PARENT_SETTID) {
        // The child exists by now; Linux does not tell of a bad address either.
        helix_ignore(user_copy_out(vaddr_of(request->parent_tid), &tid, sizeof tid));
    }
    thread_start(thread);
    if (unlikely(event))
        trace_event(event, tid);
    if (request->flags & CLONE_VFORK) {
        wait_for_child(child, &wait);
        trace_event(TRACE_EVENT_VFORK_DONE, tid);
    }
    thread_put(thread);
    return tid;
}

/* Prepare the descriptor that CLONE_PIDFD asks for; it is stored before the child runs. */
static i64 give_pidfd(const struct clone_request *request, struct task *child)
{
    if (!(request->flags & CLONE_PIDFD))
        return 0;
    struct file *file;
    helix_status status = pidfd_create(child->process, 0, &file);
    if (status != HELIX_OK)
        return syscall_result(status);
    int fd;
    status = fd_install(file, 0, true, &fd);
    if (status != HELIX_OK) {
        file_put(file);
        return syscall_result(status);
    }
    status = user_copy_out(vaddr_of(request->pidfd), &fd, sizeof fd);
    if (status != HELIX_OK)
        helix_ignore(fd_close(fd)); // the copy's error is the one that counts
    return syscall_result(status);
}

i64 task_clone(const struct clone_request *request)
{
    if (!request_is_valid(request))
        return call_error(LINUX_EINVAL);
    i64 result = refuse_namespaces(request->flags);
    if (result)
        return result;
    // A budget was granted to one thread, not to its children.
    const struct thread *self = thread_current();
    if (no_more_tasks() ||
        (self->sched.policy == SCHED_POLICY_DEADLINE && !task_current()->sched_reset_on_fork))
        return call_error(LINUX_EAGAIN);
    struct task *child;
    const u32 event = trace_clone_event(request->flags, request->exit_signal);
    const helix_status status = child_build(request, &child);
    if (status != HELIX_OK)
        return syscall_result(status);
    result = give_pidfd(request, child);
    if (result == 0)
        result = child_enter(request, child, event);
    if (result != 0) {
        child_discard(child);
        return result;
    }
    return child_launch(request, child, event);
}

i64 sys_fork(const u64 *arguments)
{
    (void)arguments;
    return task_clone(&(struct clone_request){.exit_signal = SIGCHLD});
}

i64 sys_vfork(const u64 *arguments)
{
    (void)arguments;
    return task_clone(
        &(struct clone_request){.flags = CLONE_VFORK | CLONE_VM, .exit_signal = SIGCHLD});
}

/* struct clone_args of clone3(2). */
struct clone_args {
    u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_bytes, tls;
    u64 set_tid, set_tid_count, cgroup;
};

/* What a newer program knows and we do not must be zero. */
static helix_status read_clone_args(vaddr at, u64 bytes, struct clone_args *args)
{
    memset(args, 0, sizeof *args);
    helix_status status = user_copy_in(args, at, min(bytes, (u64)sizeof *args));
    for (u64 i = sizeof *args; status == HELIX_OK && i < bytes; i++) {
        u8 byte;
        status = user_copy_in(&byte, vaddr_of(at.raw + i), 1);
        if (status == HELIX_OK && byte != 0)
            status = HELIX_E_TOO_BIG;
    }
    return status;
}

static bool clone_args_are_valid(const struct clone_args *args, u64 bytes)
{
    const u64 known = UINT32_MAX | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP;
    if ((args->flags & ~known) ||
        (args->flags & (CLONE_DETACHED | (CLONE_EXIT_SIGNAL & ~CLONE_NEWTIME))))
        return false;
    if ((args->stack == 0) != (args->stack_bytes == 0) ||
        (args->stack && !user_range_ok(vaddr_of(args->stack), args->stack_bytes)))
        return false;
    if (args->exit_signal > SIGNAL_COUNT ||
        ((args->flags & (CLONE_THREAD | CLONE_PARENT)) && args->exit_signal))
        return false;
    if ((args->flags & CLONE_INTO_CGROUP) &&
        (bytes < sizeof *args || args->cgroup > (u64)INT32_MAX))
        return false;
    return (args->set_tid == 0) == (args->set_tid_count == 0) &&
           args->set_tid_count <= NAMESPACES_MOST;
}

/* The number that the child is to have, 0: any. */
static i64 read_set_tid(const struct clone_args *args, u32 *tid_out)
{
    i32 tid;
    *tid_out = 0;
    if (args->set_tid_count == 0)
        return 0;
    if (user_copy_in(&tid, vaddr_of(args->set_tid), sizeof tid) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    // There is one namespace of processes.
    if (args->set_tid_count > 1 || tid < 1 || (u32)tid >= pid_limit())
        return call_error(LINUX_EINVAL);
    if (!task_capable(CAP_CHECKPOINT_RESTORE) && !task_capable(CAP_SYS_ADMIN))
        return call_error(LINUX_EPERM);
    *tid_out = (u32)tid;
    return 0;
}

i64 sys_clone3(const u64 *arguments)
{
    const u64 bytes = arguments[1];
    struct clone_args args;
    u32 tid;
    if (bytes < CLONE_ARGS_MIN)
        return call_error(LINUX_EINVAL);
    if (bytes > CLONE_ARGS_MAX)
        return call_error(LINUX_E2BIG);
    const helix_status status = read_clone_args(vaddr_of(arguments[0]), bytes, &args);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (!clone_args_are_valid(&args, bytes))
        return call_error(LINUX_EINVAL);
    const i64 error = read_set_tid(&args, &tid);
    if (error)
        return error;
    return task_clone(&(struct clone_request){
        .flags = args.flags,
        .exit_signal = (u32)args.exit_signal,
        .stack = args.stack + args.stack_bytes,
        .tls = args.tls,
        .parent_tid = args.parent_tid,
        .child_tid = args.child_tid,
        .pidfd = args.pidfd,
        .tid = tid,
    });
}
