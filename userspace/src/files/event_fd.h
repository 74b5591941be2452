/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/vfs/file.h>

bool event_fd_is(const struct file *file);
void event_fd_signal(const struct file *file); // add 1, unless it is full

void event_fd_start(void); // at init: its files can be recreated
