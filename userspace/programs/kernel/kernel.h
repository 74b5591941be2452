/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/status.h>
#include <helix/abi/user.h>
#include <stddef.h>

/*
 * Helix's own system calls and /proc/helix, as programs use them. All return 0 or a negative errno;
 * -ENOSYS says that this kernel does not have the call.
 */
long kernel_call(enum helix_user_call call, void *argument);

int kernel_info(struct helix_user_kernel_info *info_out);

/* Why a change of modules failed, in words: the kernel's reason, else the status, else errno. */
const char *kernel_reason(const struct helix_user_result *result, long error);

/* Put the module behind @binding: "interface" or "interface:instance". */
long kernel_swap(const char *binding, const char *module, struct helix_user_result *result_out);

/* The whole of a file of /proc, with a NUL behind it, in memory to be freed. NULL: errno says why.
 */
char *kernel_read_text(const char *path, size_t *bytes_out);

/* Cut the next word off *cursor: it is ended by NUL, *cursor moves on. NULL at the end of the line
 * or text. */
char *kernel_next_word(char **cursor);

/* Cut the next line off *cursor. NULL at the end. */
char *kernel_next_line(char **cursor);
