/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "walk.h"

/* May the name @victim (NULL or negative: NOENT) in the walker's directory be taken away? */
helix_status remove_allowed(const struct walker *walker, const struct dentry *victim);

/* The file system has taken the name away: so does the cache. Directory and victim are locked. */
void remove_finish(struct dentry *victim);
