/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "interrupt.h"

/* The platform-level interrupt controller: device lines by wire. NULL: there is none. */
const struct interrupt_controller *hal_plic_start(void);
