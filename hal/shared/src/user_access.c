/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/user.h>

#include <helix/hal/trap.h>
#include <helix/lib/compiler.h>

#include "trap_internal.h"

struct fixup {
    uintptr_t at;
    uintptr_t go_on;
};

extern const struct fixup __start_helix_fixups[], __stop_helix_fixups[];

size_t hal_user_copy_in_raw(void *to, const void *from, size_t bytes);
size_t hal_user_copy_out_raw(void *to, const void *from, size_t bytes);
size_t hal_user_clear_raw(void *at, size_t bytes);
long hal_user_string_raw(char *to, const char *from, size_t most);
bool hal_user_load32_raw(const u32 *at, u32 *value_out);
bool hal_user_cas32_raw(u32 *at, u32 expected, u32 desired, u32 *previous_out);

/* A dozen entries: looking through them costs less than keeping them sorted. */
uintptr_t hal_user_access_fixup(uintptr_t pc)
{
    for (const struct fixup *f = __start_helix_fixups; f < __stop_helix_fixups; f++)
        if (f->at == pc)
            return f->go_on;
    return 0;
}

static bool is_user_range(vaddr at, size_t bytes)
{
    return at.raw <= HAL_USER_END && bytes <= HAL_USER_END - at.raw;
}

size_t hal_user_copy_in(void *to, vaddr from, size_t bytes)
{
    if (unlikely(!is_user_range(from, bytes)))
        return bytes;
    return hal_user_copy_in_raw(to, (const void *)from.raw, bytes);
}

size_t hal_user_copy_out(vaddr to, const void *from, size_t bytes)
{
    if (unlikely(!is_user_range(to, bytes)))
        return bytes;
    return hal_user_copy_out_raw((void *)to.raw, from, bytes);
}

size_t hal_user_clear(vaddr at, size_t bytes)
{
    if (unlikely(!is_user_range(at, bytes)))
        return bytes;
    return hal_user_clear_raw((void *)at.raw, bytes);
}

long hal_user_copy_string(char *to, vaddr from, size_t most)
{
    if (from.raw >= HAL_USER_END)
        return -1;
    size_t reach = min(most, (size_t)(HAL_USER_END - from.raw));
    long length = hal_user_string_raw(to, (const char *)from.raw, reach);
    return length == -2 && reach < most ? -1 : length;
}

bool hal_user_load32(vaddr at, u32 *value_out)
{
    return is_user_range(at, sizeof(u32)) && hal_user_load32_raw((const u32 *)at.raw, value_out);
}

bool hal_user_cas32(vaddr at, u32 expected, u32 desired, u32 *previous_out)
{
    return is_user_range(at, sizeof(u32)) &&
           hal_user_cas32_raw((u32 *)at.raw, expected, desired, previous_out);
}
