/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/execution/thread.h>
#include <helix/execution/wait.h>
#include <helix/lib/test.h>
#include <helix/vfs/file.h>
#include <helix/vfs/path.h>

/* A folder of its own for a test, on a tmpfs, and threads that work in it. Ends with as many free
 * frames as it began with. */
struct scene {
    struct helix_test_run *t;
    struct walk_context walk;
    u64 free_before;
    u32 running; // threads, atomic
    struct wait_queue done;
};

#define SCENE "/scene"

void scene_begin(struct scene *scene, struct helix_test_run *t);
void scene_end(struct scene *scene);

/* Start a thread; scene_join() waits for all. */
void scene_run(struct scene *scene, void (*work)(void *argument), void *argument);
void scene_join(struct scene *scene);
[[noreturn]] void scene_thread_end(struct scene *scene);

helix_status scene_open(struct scene *scene, const char *path, u32 flags, struct file **file_out);
helix_status scene_write(struct scene *scene, const char *path, const void *data, size_t bytes);
u64 scene_free_frames(void);
