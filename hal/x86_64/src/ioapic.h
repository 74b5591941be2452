/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

void hal_ioapic_init(void); // map them all, every line masked; the old PIC silenced
