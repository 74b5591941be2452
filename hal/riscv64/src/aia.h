/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "interrupt.h"

/* The advanced interrupt architecture: an APLIC for wires, alone or before the harts' own files of
 * messages (IMSIC). NULL: there is none. */
const struct interrupt_controller *hal_aia_start(void);
