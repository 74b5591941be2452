/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <stdarg.h>

#include <helix/debug/log.h>
#include <helix/debug/symbol.h>
#include <helix/hal/cpu.h>
#include <helix/hal/power.h>
#include <helix/hal/thread.h>
#include <helix/hal/time.h>
#include <helix/init/init.h>
#include <helix/lib/assert.h>
#include <helix/lib/atomic.h>
#include <helix/lib/format.h>
#include <helix/lib/parse.h>
#include <helix/lib/string.h>
#include <helix/panic/panic.h>
#include <helix/profile.h>

#define NO_CPU UINT32_MAX

static u32 panicking_cpu = NO_CPU;
static struct panic_handler *handlers;
static struct panic_hooks hooks;

void panic_add_handler(struct panic_handler *handler)
{
    handler->next = handlers;
    handlers = handler;
}

void panic_set_hooks(const struct panic_hooks *set)
{
    if (set->entered != NULL)
        hooks.entered = set->entered;
    if (set->thread_id != NULL)
        hooks.thread_id = set->thread_id;
    if (set->thread_end != NULL)
        hooks.thread_end = set->thread_end;
    if (set->in_module != NULL)
        hooks.in_module = set->in_module;
}

/* ---- What to do
 * ------------------------------------------------------------------------------------------------
 */

static const char *const action_names[] = {"halt", "reboot", "debug", "continue"};

static enum panic_action default_action(void)
{
    const char *name = init_option("helix.panic");
    for (unsigned i = 0; name != NULL && i < array_count(action_names); i++) {
        if (strcmp(name, action_names[i]) == 0)
            return (enum panic_action)i;
    }
    const char *linux_way = init_option("panic");
    i64 seconds;
    if (linux_way != NULL && parse_i64(linux_way, &seconds) == HELIX_OK)
        return seconds == 0 ? PANIC_HALT : PANIC_REBOOT;
    return (enum panic_action)HELIX_DEBUG_PANIC_BEHAVIOR;
}

static enum panic_action choose_action(const struct panic_context *context)
{
    enum panic_action action;
    for (struct panic_handler *h = handlers; h != NULL; h = h->next) {
        if (h->decide(context, &action))
            return action;
    }
    return default_action();
}

static void wait_before_reboot(void)
{
    u64 seconds;
    if (!init_option_number("panic", &seconds))
        return;
    nanos until = hal_clock_now() + seconds * NANOS_PER_SECOND;
    while (hal_clock_now() < until)
        hal_cpu_relax();
}

[[noreturn]] static void halt(void)
{
    // A run that only tests must not hang the host.
    if (init_option("helix.test") != NULL)
        hal_debug_exit(3);
    hal_cpu_halt();
}

/* ---- What to say
 * ------------------------------------------------------------------------------------------------
 */

static void line(const char *text)
{
    log_error("panic", "%s", text);
}

static void print_backtrace(const uintptr_t *addresses, unsigned depth)
{
    char text[128];
    for (unsigned i = 0; i < depth; i++) {
        symbol_format(addresses[i], text, sizeof text);
        log_error("panic", "  %s", text);
    }
}

static const char *fault_name(enum hal_fault_kind kind)
{
    static const char *const names[] = {
        "page fault",     "protection fault", "illegal instruction", "division",
        "floating point", "alignment",        "breakpoint",          "single step",
        "overflow",       "machine check",    "double fault",        "non-maskable interrupt",
    };
    return kind < array_count(names) ? names[kind] : "fault";
}

static void print_fault(const struct panic_context *context)
{
    char text[128];
    const struct hal_fault *fault = context->fault;
    symbol_format(hal_frame_pc(context->frame), text, sizeof text);
    log_error("panic", "%s in %s, code %#llx", fault_name(fault->kind), text,
              (unsigned long long)fault->code);
    if (fault->kind == HAL_FAULT_PAGE)
        log_error("panic", "%s of %#zx (%s)",
                  fault->access & HAL_ACCESS_EXEC    ? "execution"
                  : fault->access & HAL_ACCESS_WRITE ? "write"
                                                     : "read",
                  (size_t)fault->address.raw,
                  fault->access & HAL_ACCESS_PRESENT ? "rights missing" : "not mapped");
}

static void print(const struct panic_context *context)
{
    if (context->file != NULL)
        log_error("panic", "KERNEL PANIC: %s at %s:%d", context->message, context->file,
                  context->line);
    else
        log_error("panic", "KERNEL PANIC: %s", context->message);
    log_error("panic", "CPU %u, thread %llu", context->cpu, (unsigned long long)context->thread);
    if (context->fault != NULL)
        print_fault(context);
    if (context->frame != NULL)
        hal_frame_print(context->frame, line);
    log_error("panic", "backtrace:");
    print_backtrace(context->backtrace, context->depth);
}

/* ---- The end
 * ----------------------------------------------------------------------------------------------------
 */

/* One CPU panics; another one that comes here stops, the same one again has nothing left to trust.
 */
static void claim(void)
{
    u32 none = NO_CPU;
    hal_irq_disable();
    if (atomic_cas_acq_rel(&panicking_cpu, &none, hal_cpu_id()))
        return;
    if (none == hal_cpu_id())
        line("panic inside a panic");
    halt();
}

static void act(struct panic_context *context)
{
    claim();
    log_panic_mode();
    context->cpu = hal_cpu_id();
    context->thread = hooks.thread_id != NULL ? hooks.thread_id() : 0;
    enum panic_action action = choose_action(context);
    if (action != PANIC_CONTINUE)
        hal_ipi_send(hal_cpu_online(), HAL_IPI_HALT);
    if (hooks.entered != NULL)
        hooks.entered();
    print(context);
    log_error("panic", "action: %s", action_names[action]);
    switch (action) {
    case PANIC_REBOOT:
        wait_before_reboot();
        hal_reboot();
    case PANIC_DEBUG_BREAK:
        __builtin_debugtrap();
        halt();
    case PANIC_CONTINUE:
        atomic_store_release(&panicking_cpu, NO_CPU);
        return;
    default:
        halt();
    }
}

/* An assertion in a module's text is a crash of the module where somebody waits for its landing. */
static void land_if_in_module(uintptr_t caller, const char *file, int at, const char *message)
{
    static const struct hal_fault assertion = {.kind = HAL_FAULT_ILLEGAL};
    if (hooks.in_module == NULL || !hooks.in_module(caller) || hal_current()->landing == NULL)
        return;
    log_error("module", "%s at %s:%d", message, file, at);
    hal_landing_jump(&assertion);
}

void helix_panic_at(const char *file, int at, const char *format, ...)
{
    char message[192];
    va_list args;
    va_start(args, format);
    lib_format_args(message, sizeof message, format, args);
    va_end(args);
    while (lib_starts_with(file, "../"))
        file += 3;
    land_if_in_module((uintptr_t)__builtin_return_address(0), file, at, message);
    struct panic_context context = {.message = message, .file = file, .line = at};
    context.depth =
        hal_backtrace((uintptr_t)__builtin_frame_address(0), context.backtrace, PANIC_FRAMES);
    act(&context);
    if (hooks.thread_end != NULL)
        hooks.thread_end();
    halt();
}

void panic_on_fault(struct hal_frame *frame, const struct hal_fault *fault)
{
    struct panic_context context = {
        .message = "unexpected fault in the kernel",
        .frame = frame,
        .fault = fault,
    };
    context.backtrace[0] = hal_frame_pc(frame);
    context.depth = 1 + hal_backtrace(hal_frame_fp(frame), context.backtrace + 1, PANIC_FRAMES - 1);
    act(&context);
    if (hooks.thread_end != NULL)
        hooks.thread_end();
}

void panic_log_backtrace(void)
{
    uintptr_t addresses[PANIC_FRAMES];
    unsigned depth = hal_backtrace((uintptr_t)__builtin_frame_address(0), addresses, PANIC_FRAMES);
    print_backtrace(addresses, depth);
}
