/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/hal/trap.h>

/* Entered from trap_entry.S, interrupts off. */
void hal_trap_dispatch(struct hal_frame *frame);
void hal_trap_overrun(struct hal_frame *frame);
