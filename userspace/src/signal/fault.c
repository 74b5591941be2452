/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Faults of programs, and of the kernel inside user copies: served by the address space, or made
 * into signals. */
#include "arch.h"
#include "signal/signals.h"
#include "task/tasks.h"
#include "trace/trace.h"

#include <helix/lib/log.h>

/* What nobody handles, and no debugger shows, is worth a line to whoever has to find out why. */
static void log_if_fatal(struct task *task, const struct hal_fault *fault, int signal)
{
    const struct hal_frame *frame = hal_current_frame();
    struct signal_action action;
    signal_action_get(task->process, signal, &action);
    if (task_is_traced(task) ||
        (action.handler.raw > SIG_IGN && !(task->signal.blocked & SIGNAL_BIT(signal))))
        return;
    log_info("userland", "%s[%u]: signal %d: address %lx ip %lx sp %lx code %llx",
             task->thread->name, task->tid, signal, (unsigned long)fault->address.raw,
             (unsigned long)hal_frame_pc(frame), (unsigned long)hal_frame_sp(frame),
             (unsigned long long)fault->code);
}

static void send_fault(struct task *task, const struct hal_fault *fault, int signal, i32 code)
{
    log_if_fatal(task, fault, signal);
    const struct signal_info info = {
        .number = signal,
        .code = code,
        .address =
            fault->kind == HAL_FAULT_PAGE ? fault->address.raw : hal_frame_pc(hal_current_frame()),
    };
    task->fault = *fault;
    signal_force(task, signal, &info);
}

static void page_fault_failed(struct task *task, const struct hal_fault *fault, helix_status status)
{
    switch (status) {
    case HELIX_E_CORRUPT:
        send_fault(task, fault, SIGBUS, BUS_MCEERR_AR);
        break;
    case HELIX_E_IO:
        send_fault(task, fault, SIGBUS, BUS_ADRERR);
        break;
    case HELIX_E_NOMEM:
        if (READ_ONCE(task->process->exiting))
            break; // it was chosen to make room
        log_warn("memory", "out of memory: killing process %u (%s)", task->process->pid,
                 task->thread->name);
        helix_ignore(signal_send_process(task->process, SIGKILL, NULL)); // SIGKILL is never queued
        break;
    case HELIX_E_ACCESS:
        send_fault(task, fault, SIGSEGV, SEGV_ACCERR);
        break;
    default:
        send_fault(task, fault, SIGSEGV, SEGV_MAPERR);
        break;
    }
}

static bool page_fault(struct task *task, const struct hal_fault *fault, bool from_user)
{
    helix_status status = HELIX_E_FAULT;
    if (fault->address.raw < HAL_USER_END && task->process->space)
        status = vm_fault(task->process->space, fault->address, fault->access);
    if (likely(status == HELIX_OK)) {
        task->thread->faults_minor++; // files live in memory: none is major
        return true;
    }
    // Interrupted by a fatal signal while it waited for its page: the boundary is next.
    if (status == HELIX_E_INTERRUPTED && from_user)
        return true;
    if (from_user)
        page_fault_failed(task, fault, status);
    return from_user;
}

static bool exception(struct task *task, const struct hal_fault *fault)
{
    switch (fault->kind) {
    case HAL_FAULT_DIVIDE:
        send_fault(task, fault, SIGFPE, FPE_INTDIV);
        return true;
    case HAL_FAULT_FLOAT:
        send_fault(task, fault, SIGFPE, arch_float_code(fault));
        return true;
    case HAL_FAULT_ILLEGAL:
        send_fault(task, fault, SIGILL, ILL_ILLOPN);
        return true;
    case HAL_FAULT_BREAKPOINT:
        send_fault(task, fault, SIGTRAP, arch_breakpoint_code);
        return true;
    case HAL_FAULT_STEP:
        send_fault(task, fault, SIGTRAP, TRAP_TRACE);
        return true;
    case HAL_FAULT_ALIGNMENT:
        send_fault(task, fault, SIGBUS, BUS_ADRALN);
        return true;
    case HAL_FAULT_GENERAL:
    case HAL_FAULT_OVERFLOW:
        send_fault(task, fault, SIGSEGV, SI_KERNEL);
        return true;
    default:
        return false; // the machine's own trouble, not the program's
    }
}

bool user_fault(struct hal_frame *frame, const struct hal_fault *fault)
{
    struct task *task = task_current();
    const bool from_user = hal_frame_is_user(frame);
    if (!task)
        return false;
    if (fault->kind == HAL_FAULT_PAGE)
        return page_fault(task, fault, from_user);
    return from_user && exception(task, fault);
}
