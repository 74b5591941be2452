/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* PR_SET_MM of prctl(2): a program says where its arguments and environment are, and what file it
 * is. */
#include "calls.h"
#include "exec/exec.h"
#include "files/fd.h"
#include "task/tasks.h"

#include <helix/capability/linux.h>
#include <helix/lib/format.h>
#include <helix/memory/heap.h>
#include <helix/memory/object.h>
#include <helix/memory/space.h>

enum {
    MM_ARG_START = 8, // and what follows it: ARG_END, ENV_START, ENV_END
    MM_ENV_END = 11,
    MM_EXE_FILE = 13,
};

/* ---- Addresses ---- */

static bool note_one(const struct vm_area_info *area, void *context)
{
    (void)area;
    *(bool *)context = true;
    return false;
}

static i64 set_address(unsigned which, u64 address)
{
    struct process *process = process_current();
    bool mapped = false;
    if (address < HAL_USER_MIN || address >= HAL_USER_END)
        return call_error(LINUX_EINVAL);
    vm_for_each_area(process->space, vaddr_of(address), note_one, &mapped);
    if (!mapped)
        return call_error(LINUX_EFAULT);
    const struct irq_key key = spin_lock_irq(&process->lock);
    vaddr *fields[] = {&process->arguments_start, &process->arguments_end,
                       &process->environment_start, &process->environment_end};
    const vaddr old = *fields[which];
    *fields[which] = vaddr_of(address);
    const bool ordered = process->arguments_start.raw <= process->arguments_end.raw &&
                         process->environment_start.raw <= process->environment_end.raw;
    if (!ordered)
        *fields[which] = old;
    spin_unlock_irq(&process->lock, key);
    return ordered ? 0 : call_error(LINUX_EINVAL);
}

/* ---- The file ---- */

struct search {
    u64 device;
    struct fs_attributes of;
    bool found;
};

static bool look(const struct vm_area_info *area, void *context)
{
    struct search *search = context;
    struct vm_object *object = area->object;
    char name[1];
    u64 device, inode;
    search->found = object && object->ops->identify &&
                    object->ops->identify(object, &device, &inode, name, sizeof name) &&
                    device == search->device && inode == search->of.inode;
    return !search->found;
}

/* While any of the old one is mapped, that is what runs. */
static helix_status replace_program(struct process *process, struct exec_image *image)
{
    struct search search = {0};
    struct file *old = process_program_get(process);
    if (old) {
        const helix_status status = file_stat(old, &search.of, &search.device);
        file_put(old);
        if (status != HELIX_OK)
            return status;
        vm_for_each_area(process->space, vaddr_of(0), look, &search);
    }
    if (search.found)
        return HELIX_E_BUSY;
    process_program_set(process, image->file);
    image->file = NULL;
    return HELIX_OK;
}

static i64 set_program(int fd)
{
    char name[32];
    struct fd_ref ref;
    if (fd_borrow(fd, &ref) != HELIX_OK)
        return call_error(LINUX_EBADF);
    const bool place = ref.file->flags & LINUX_O_PATH;
    fd_release(&ref);
    if (place)
        return call_error(LINUX_EBADF);
    struct exec_image *image = kzalloc(sizeof *image);
    if (!image)
        return call_error(LINUX_ENOMEM);
    lib_format(name, sizeof name, "/proc/self/fd/%d", fd);
    helix_status status = exec_image_open(image, LINUX_AT_FDCWD, name);
    if (status == HELIX_OK)
        status = replace_program(process_current(), image);
    exec_image_close(image);
    return status == HELIX_E_TEXT_BUSY ? call_error(LINUX_EACCES) : syscall_result(status);
}

i64 process_set_memory(const u64 *arguments)
{
    if (arguments[3] | arguments[4])
        return call_error(LINUX_EINVAL);
    if (!task_capable(CAP_SYS_RESOURCE))
        return call_error(LINUX_EPERM);
    if (arguments[1] == MM_EXE_FILE)
        return set_program((int)arguments[2]);
    if (arguments[1] < MM_ARG_START || arguments[1] > MM_ENV_END)
        return call_error(LINUX_EINVAL);
    return set_address((unsigned)arguments[1] - MM_ARG_START, arguments[2]);
}
