/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <helix/hal/trap.h>
#include <helix/hal/user.h>
#include <helix/memory/user_copy.h>

bool user_range_ok(vaddr at, size_t bytes)
{
    return at.raw >= HAL_USER_MIN && at.raw <= HAL_USER_END && bytes <= HAL_USER_END - at.raw;
}

helix_status user_copy_in(void *to, vaddr from, size_t bytes)
{
    return hal_user_copy_in(to, from, bytes) == 0 ? HELIX_OK : HELIX_E_FAULT;
}

helix_status user_copy_out(vaddr to, const void *from, size_t bytes)
{
    return hal_user_copy_out(to, from, bytes) == 0 ? HELIX_OK : HELIX_E_FAULT;
}

helix_status user_clear(vaddr at, size_t bytes)
{
    return hal_user_clear(at, bytes) == 0 ? HELIX_OK : HELIX_E_FAULT;
}

helix_status user_copy_string(char *to, vaddr from, size_t capacity, size_t *length_out)
{
    long length = hal_user_copy_string(to, from, capacity);
    if (length == -1)
        return HELIX_E_FAULT;
    if (length < 0)
        return HELIX_E_NAME_TOO_LONG;
    if (length_out != NULL)
        *length_out = (size_t)length;
    return HELIX_OK;
}
