/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/types.h>

/* The only way to user memory for system calls. All or HELIX_E_FAULT; on a fault @to may hold a
 * prefix. Thread context, may sleep. */
helix_status user_copy_in(void *to, vaddr from, size_t bytes);
helix_status user_copy_out(vaddr to, const void *from, size_t bytes);
helix_status user_clear(vaddr at, size_t bytes);

/* A string with its NUL into @to; HELIX_E_NAME_TOO_LONG when no NUL comes within @capacity. */
helix_status user_copy_string(char *to, vaddr from, size_t capacity, size_t *length_out);

/* Does [@at, @at+@bytes) lie in the user half? Says nothing about mappings. */
bool user_range_ok(vaddr at, size_t bytes);
