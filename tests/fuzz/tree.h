/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

/* Take everything below @path away, so that one input leaves nothing to the next. */
void tree_clear(const char *path);
