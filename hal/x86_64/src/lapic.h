/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/types.h>

void hal_lapic_init(void);     // once: map the registers
void hal_lapic_init_cpu(void); // on each CPU: enable it, timer ready but not armed
u32 hal_lapic_id(void);
void hal_lapic_end_of_interrupt(void);

/* Interrupt @apic_id with @vector. Any context. */
void hal_lapic_send(u32 apic_id, u8 vector);
void hal_lapic_send_init(u32 apic_id);
void hal_lapic_send_startup(u32 apic_id, u8 page);

/* The timer, counting down from @count once; 0 stops it. */
void hal_lapic_timer_start(u32 count);
u32 hal_lapic_timer_count(void);
