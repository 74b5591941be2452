/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* What the compiler's stack protector calls and compares with. */
#include <helix/hal/cpu.h>
#include <helix/hal/time.h>
#include <helix/lib/assert.h>
#include <helix/panic/panic.h>

uintptr_t __stack_chk_guard = 0x595e9fbd94fda766ul;

[[noreturn]] void __stack_chk_fail(void);

void __stack_chk_fail(void)
{
    helix_panic("stack overrun in %p", __builtin_return_address(0));
}

/* One value for the whole life of the kernel: called by a function that does not return, while one
 * CPU runs. */
__attribute__((no_stack_protector, noinline)) void panic_seed_stack_guard(void)
{
    uintptr_t seed = 0;
    (void)hal_entropy(&seed, sizeof seed);
    // A zero byte stops string functions from running over the guard and back.
    __stack_chk_guard = (seed ^ hal_cycles()) & ~(uintptr_t)0xff;
}
