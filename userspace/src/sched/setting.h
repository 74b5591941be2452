/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/userspace/task.h>

/*
 * How @task asked to be scheduled; what priority inheritance lends it is left out. Setting it keeps
 * what is lent. Thread context.
 * Errors: HELIX_E_INVAL as thread_set_policy() and thread_set_deadline().
 */
void task_setting_get(const struct task *task, struct sched_setting *setting_out);
helix_status task_setting_set(struct task *task, const struct sched_setting *setting);

/* What a child of @parent starts with, into the copy @entity of its parameters. */
void sched_setting_for_child(const struct task *parent, struct sched_entity *entity);
