/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include "scene.h"

#include <helix/abi/linux.h>
#include <helix/execution/quiesce.h>
#include <helix/lib/atomic.h>
#include <helix/memory/frame.h>

#include "dentry.h"

u64 scene_free_frames(void)
{
    struct memory_counts counts;
    quiesce_wait();
    quiesce_wait(); // what the first grace period freed may have asked for another
    while (dentry_evict(1000) > 0)
        quiesce_wait();
    frame_reclaim(100000);
    memory_counts(&counts);
    return counts.free;
}

void scene_begin(struct scene *scene, struct helix_test_run *t)
{
    *scene = (struct scene){.t = t, .free_before = scene_free_frames()};
    wait_queue_init(&scene->done);
    scene->walk.credentials = credentials_root();
    EXPECT(t, fs_context_create(&scene->walk.fs) == HELIX_OK);
    EXPECT(t, vfs_mkdir(&scene->walk, SCENE, 0755) == HELIX_OK);
    EXPECT(t, vfs_mount(&scene->walk, "none", SCENE, "tmpfs", 0, "") == HELIX_OK);
}

void scene_end(struct scene *scene)
{
    struct helix_test_run *t = scene->t;
    EXPECT(t, vfs_unmount(&scene->walk, SCENE, 0) == HELIX_OK);
    EXPECT(t, vfs_rmdir(&scene->walk, SCENE) == HELIX_OK);
    fs_context_put(scene->walk.fs);
    credentials_put(scene->walk.credentials);
    u64 after = scene_free_frames();
    // The heap keeps some pages per CPU; a leak of a test that does things a thousand times is
    // more.
    EXPECT(t, after + 64 >= scene->free_before);
}

void scene_run(struct scene *scene, void (*work)(void *argument), void *argument)
{
    struct thread *thread;
    atomic_fetch_add_relaxed(&scene->running, 1u);
    helix_status st = thread_spawn_kernel("scene", work, argument, &thread);
    helix_assert(st == HELIX_OK);
    thread_put(thread);
}

void scene_thread_end(struct scene *scene)
{
    atomic_fetch_sub_release(&scene->running, 1u);
    wait_wake_all(&scene->done);
    thread_exit();
}

void scene_join(struct scene *scene)
{
    helix_status st = WAIT_FOR(&scene->done, atomic_load_acquire(&scene->running) == 0, NANOS_NEVER,
                               WAIT_UNINTERRUPTIBLE, "scene");
    helix_assert(st == HELIX_OK);
}

helix_status scene_open(struct scene *scene, const char *path, u32 flags, struct file **file_out)
{
    return vfs_open(&scene->walk, path, flags, 0644, file_out);
}

helix_status scene_write(struct scene *scene, const char *path, const void *data, size_t bytes)
{
    struct file *file;
    size_t done;
    helix_status st =
        scene_open(scene, path, LINUX_O_CREAT | LINUX_O_WRONLY | LINUX_O_TRUNC, &file);
    if (st != HELIX_OK)
        return st;
    st = file_write_kernel(file, 0, data, bytes, &done);
    file_put(file);
    return st == HELIX_OK && done != bytes ? HELIX_E_NO_SPACE : st;
}
