/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Files that stand for processes: readable once the process has ended. */
#include "calls.h"
#include "files/fd.h"
#include "proc/proc.h"
#include "signal/signals.h"
#include "task/tasks.h"

#include <helix/memory/user_copy.h>
#include <helix/userspace/file_table.h>

static u32 pidfd_poll(struct file *file, struct poll_table *table)
{
    struct process *process = file->private_data;
    if (table->add)
        table->add(table, &process->exit_wait);
    return READ_ONCE(process->zombie) ? LINUX_POLLIN | LINUX_POLLRDNORM : 0;
}

static void pidfd_release(struct file *file)
{
    process_put(file->private_data);
}

static const struct file_ops pidfd_ops = {
    .name = "pidfd",
    .read = file_read_none,
    .write = file_write_none,
    .seek = file_seek_none,
    .poll = pidfd_poll,
    .ioctl = file_ioctl_none,
    .map = file_map_none,
    .read_directory = file_read_directory_none,
    .flush = file_flush_none,
    .sync = file_sync_none,
    .release = pidfd_release,
};

helix_status pidfd_create(struct process *process, u32 open_flags, struct file **file_out)
{
    process_get(process);
    const helix_status status =
        file_create(&pidfd_ops, process, LINUX_O_RDWR | open_flags, file_out);
    if (status != HELIX_OK)
        process_put(process);
    return status;
}

helix_status pidfd_process(int fd, struct process **process_out, bool *nonblocking_out)
{
    struct file *file;
    const helix_status status = fd_get(fd, &file);
    if (status != HELIX_OK)
        return status;
    const bool fits = file->ops == &pidfd_ops;
    if (fits) {
        *process_out = file->private_data;
        *nonblocking_out = READ_ONCE(file->flags) & LINUX_O_NONBLOCK;
        process_get(*process_out);
    }
    file_put(file);
    return fits ? HELIX_OK : HELIX_E_BAD_FD;
}

/* An ended process is one until then. */
static bool was_waited_for(const struct process *process)
{
    const struct irq_key key = spin_lock_irq(&process_table_lock);
    const bool gone = process_find_locked(process->pid) != process;
    spin_unlock_irq(&process_table_lock, key);
    return gone;
}

/* A thread that does not lead its process has no descriptor. */
static i64 no_process(u32 tid)
{
    struct task *task = task_find(tid);
    if (!task)
        return call_error(LINUX_ESRCH);
    task_put(task);
    return call_error(LINUX_EINVAL);
}

i64 sys_pidfd_open(const u64 *arguments)
{
    const u32 flags = (u32)arguments[1];
    if ((i32)arguments[0] <= 0 || (flags & ~LINUX_O_NONBLOCK))
        return call_error(LINUX_EINVAL);
    struct process *process = process_find((u32)arguments[0]);
    if (!process)
        return no_process((u32)arguments[0]);
    struct file *file;
    helix_status status = pidfd_create(process, flags, &file);
    process_put(process);
    if (status != HELIX_OK)
        return syscall_result(status);
    int fd;
    status = fd_install(file, 0, true, &fd);
    if (status == HELIX_OK)
        return fd;
    file_put(file);
    return syscall_result(status);
}

/* The process that @fd stands for: a descriptor of it, or of its folder in /proc. */
static helix_status signalled_process(int fd, struct process **process_out)
{
    struct fd_ref ref;
    bool nonblocking;
    const helix_status status = pidfd_process(fd, process_out, &nonblocking);
    if (status != HELIX_E_BAD_FD || fd_borrow_opened(fd, &ref) != HELIX_OK)
        return status;
    const u32 pid = proc_folder_process(ref.file);
    fd_release(&ref);
    if (pid == 0)
        return HELIX_E_BAD_FD;
    *process_out = process_find(pid);
    return *process_out ? HELIX_OK : HELIX_E_NO_PROCESS;
}

/* What the program says of a signal begins with its number, the same as the call's. */
static i64 check_number(u64 info, int signal)
{
    i32 number;
    if (!info)
        return 0;
    if (user_copy_in(&number, vaddr_of(info), sizeof number) != HELIX_OK)
        return call_error(LINUX_EFAULT);
    return number == signal ? 0 : call_error(LINUX_EINVAL);
}

i64 sys_pidfd_send_signal(const u64 *arguments)
{
    const int signal = (int)arguments[1];
    struct signal_info info = {.number = signal,
                               .code = SI_USER,
                               .pid = process_current()->pid,
                               .uid = process_current()->uid};
    if ((u32)arguments[3] != 0 || (u32)signal > SIGNAL_COUNT)
        return call_error(LINUX_EINVAL);
    struct process *process;
    const helix_status status = signalled_process((int)arguments[0], &process);
    if (status != HELIX_OK)
        return syscall_result(status);
    i64 result = check_number(arguments[2], signal);
    if (result == 0 && arguments[2])
        result = signal_read_queued(arguments[2], signal, process->pid, &info);
    if (result == 0 && was_waited_for(process))
        result = call_error(LINUX_ESRCH);
    if (result == 0)
        result = signal_send_checked(process, signal, &info);
    process_put(process);
    return result;
}

/* A descriptor of another process, for who may look into it. */
i64 sys_pidfd_getfd(const u64 *arguments)
{
    struct process *process;
    struct file *file;
    bool nonblocking;
    if ((u32)arguments[2] != 0)
        return call_error(LINUX_EINVAL);
    helix_status status = pidfd_process((int)arguments[0], &process, &nonblocking);
    if (status != HELIX_OK)
        return syscall_result(status);
    const bool ended = READ_ONCE(process->zombie), gone = was_waited_for(process);
    status = gone    ? HELIX_E_NO_PROCESS
             : ended ? HELIX_E_BAD_FD
                     : proc_fd_file(process->pid, (u32)arguments[1], &file);
    process_put(process);
    if (status == HELIX_OK)
        return fd_publish(file, true);
    if (status == HELIX_E_ACCESS)
        return call_error(LINUX_EPERM);
    return status == HELIX_E_NOENT ? call_error(LINUX_EBADF) : syscall_result(status);
}

/* Not before the memory of a process that is about to end is free. */
i64 sys_process_mrelease(const u64 *arguments)
{
    struct process *process;
    bool nonblocking;
    if ((u32)arguments[1] != 0)
        return call_error(LINUX_EINVAL);
    helix_status status = pidfd_process((int)arguments[0], &process, &nonblocking);
    if (status != HELIX_OK)
        return syscall_result(status);
    if (READ_ONCE(process->zombie))
        status = HELIX_E_NO_PROCESS;
    else if (!READ_ONCE(process->exiting))
        status = HELIX_E_INVAL;
    else
        status = WAIT_FOR(&process->exit_wait, READ_ONCE(process->zombie), NANOS_NEVER,
                          WAIT_KILLABLE, "end of process");
    process_put(process);
    return syscall_result(status);
}
