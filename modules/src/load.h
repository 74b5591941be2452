/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include "framework.h"

#define MODULE_FOLDER "/lib/helix/modules/"

/* Bring @module into service: instances for its free bindings, or, without interfaces, one that
 * runs. Change lock held. */
helix_status module_activate(struct module *module, struct module_result *result);

/* The module by name, loading MODULE_FOLDER/<name>.hmod when it is not known. NULL: the reason is
 * in @result. Change lock held. */
struct module *module_find_or_load(const char *name, struct module_result *result);

/* Load and register a file's contents, not in service yet. NULL: the reason is in @result. Change
 * lock held. */
struct module *module_load_image(const void *data, size_t bytes, const char *path,
                                 struct module_result *result);

/* Read a file from the VFS, else from the archive that the image carries. */
helix_status module_file_read(const char *path, void **data_out, size_t *bytes_out);
void module_file_release(void *data);

/* onload of every running instance that has not had it. */
void module_run_onload(struct instance *instance);
