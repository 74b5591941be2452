/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Every allocation of these operations fails once; nothing is lost or half done. And records of
 * objects, there and back. */
#include <helix/abi/linux.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/memory/inject.h>
#include <helix/vfs/special.h>

#include "mount.h"
#include "objects.h"
#include "scene.h"
#include "tty.h"

typedef helix_status operation(struct scene *scene);

static helix_status make_file(struct scene *scene)
{
    helix_status st = scene_write(scene, SCENE "/file", "text", 4);
    if (st != HELIX_OK) {
        // It may exist, empty; what counts is that it can be taken away again.
        helix_status gone = vfs_unlink(&scene->walk, SCENE "/file");
        return gone == HELIX_OK || gone == HELIX_E_NOENT || gone == HELIX_E_NOMEM ? st
                                                                                  : HELIX_E_CORRUPT;
    }
    return vfs_unlink(&scene->walk, SCENE "/file");
}

static helix_status make_folder(struct scene *scene)
{
    helix_status st = vfs_mkdir(&scene->walk, SCENE "/folder", 0755);
    return st == HELIX_OK ? vfs_rmdir(&scene->walk, SCENE "/folder") : st;
}

static helix_status make_links(struct scene *scene)
{
    helix_status st = vfs_symlink(&scene->walk, "kept", SCENE "/link");
    if (st != HELIX_OK)
        return st;
    struct fs_attributes attributes;
    u64 device;
    st = vfs_stat_at(&scene->walk, SCENE "/link", WALK_FOLLOW, &attributes, &device);
    helix_status gone = vfs_unlink(&scene->walk, SCENE "/link");
    return st != HELIX_OK ? st : gone;
}

static helix_status move_file(struct scene *scene)
{
    helix_status st =
        vfs_rename(&scene->walk, SCENE "/kept", &scene->walk, SCENE "/a-longer-name", 0);
    if (st != HELIX_OK)
        return st;
    do
        st = vfs_rename(&scene->walk, SCENE "/a-longer-name", &scene->walk, SCENE "/kept", 0);
    while (st == HELIX_E_NOMEM);
    return st;
}

static helix_status use_pipe(struct scene *scene)
{
    struct file *in, *out;
    struct io_span span;
    struct io_buffer buffer;
    size_t done;
    (void)scene;
    helix_status st = pipe_create(0, &in, &out);
    if (st != HELIX_OK)
        return st;
    io_buffer_kernel(&buffer, &span, (char *)"x", 1);
    st = file_write(out, &buffer, NULL, &done);
    file_put(in);
    file_put(out);
    return st;
}

static helix_status use_mount(struct scene *scene)
{
    helix_status st = vfs_mount(&scene->walk, "none", SCENE "/point", "tmpfs", 0, "");
    if (st != HELIX_OK)
        return st;
    do
        st = vfs_unmount(&scene->walk, SCENE "/point", 0);
    while (st == HELIX_E_NOMEM);
    return st;
}

static helix_status grow_file(struct scene *scene)
{
    struct file *file;
    size_t done;
    helix_status st = scene_open(scene, SCENE "/kept", LINUX_O_RDWR, &file);
    if (st != HELIX_OK)
        return st;
    for (u64 at = 0; st == HELIX_OK && at < 1ull << 32; at = at == 0 ? PAGE_SIZE : at * 16)
        st = file_write_kernel(file, at, "x", 1, &done);
    helix_status cut = file_truncate(file, 0);
    file_put(file);
    return st != HELIX_OK ? st : cut;
}

static helix_status list_folder(struct scene *scene)
{
    struct fs_context *copy;
    helix_status st = fs_context_copy(scene->walk.fs, &copy);
    if (st != HELIX_OK)
        return st;
    fs_context_put(copy);
    struct path path;
    st = path_walk(&scene->walk, SCENE "/point", 0, &path);
    if (st == HELIX_OK)
        path_put(&path);
    return st;
}

HELIX_TEST(vfs, survives_each_failing_allocation)
{
    static operation *const operations[] = {make_file, make_folder, make_links, move_file,
                                            use_pipe,  use_mount,   grow_file,  list_folder};
    struct scene scene;
    scene_begin(&scene, t);
    EXPECT(t, scene_write(&scene, SCENE "/kept", "", 0) == HELIX_OK);
    EXPECT(t, vfs_mkdir(&scene.walk, SCENE "/point", 0755) == HELIX_OK);
    for (unsigned i = 0; i < array_count(operations); i++) {
        helix_status st = HELIX_E_NOMEM;
        for (u64 nth = 1; nth < 200; nth++) {
            u64 fired = inject_fired();
            inject_fail_nth(nth);
            st = operations[i](&scene);
            inject_fail_nth(0);
            if (inject_fired() == fired)
                break; // it has fewer allocations than that
            EXPECT(t, st == HELIX_OK || st == HELIX_E_NOMEM);
        }
        EXPECT(t, st == HELIX_OK);
        EXPECT(t, operations[i](&scene) == HELIX_OK);
    }
    scene_end(&scene);
}

/* ---- Records ---- */

static struct object *resolved;

static struct object *resolve(void *context, u32 kind, u64 id)
{
    (void)context, (void)kind, (void)id;
    return resolved;
}

static helix_status round_trip(const struct object *object, struct object **again_out)
{
    struct object_writer measure = {0};
    helix_status st = object->type->describe(object, &measure);
    if (st != HELIX_OK)
        return st;
    void *record = kmalloc(measure.bytes + 1);
    if (record == NULL)
        return HELIX_E_NOMEM;
    struct object_writer writer = {.data = record, .capacity = measure.bytes};
    st = object->type->describe(object, &writer);
    struct object_reader reader = {.data = record, .bytes = writer.bytes, .resolve = resolve};
    struct object_record header;
    if (st == HELIX_OK)
        st = object_read(&reader, &header, sizeof header);
    if (st == HELIX_OK && header.bytes != writer.bytes - sizeof header)
        st = HELIX_E_CORRUPT;
    if (st == HELIX_OK)
        st = object->type->recreate(&reader, &header, again_out);
    kfree(record);
    return st;
}

HELIX_TEST(vfs, its_objects_go_through_records_and_back)
{
    struct scene scene;
    struct file *file, *in, *out;
    struct object *again;
    size_t done;
    scene_begin(&scene, t);
    REQUIRE(t, scene_open(&scene, SCENE "/f", LINUX_O_CREAT | LINUX_O_RDWR | LINUX_O_APPEND,
                          &file) == HELIX_OK);
    EXPECT(t, file_write_kernel(file, 0, "data", 4, &done) == HELIX_OK);
    file->position = 2;
    REQUIRE(t, round_trip(&file->object, &again) == HELIX_OK);
    EXPECT(t, file_object_type.equal(&file->object, again));
    file_object_type.discard(again);
    EXPECT(t, vfs_unlink(&scene.walk, SCENE "/f") == HELIX_OK);
    EXPECT(t, round_trip(&file->object, &again) == HELIX_E_STALE);
    file_put(file);

    REQUIRE(t, pipe_create(0, &in, &out) == HELIX_OK);
    struct io_span span;
    struct io_buffer buffer;
    static u8 data[6000];
    io_buffer_kernel(&buffer, &span, data, sizeof data);
    EXPECT(t, file_write(out, &buffer, NULL, &done) == HELIX_OK && done == sizeof data);
    const struct object *pipe = in->private_data; // a pipe begins with its object
    REQUIRE(t, round_trip(pipe, &again) == HELIX_OK);
    EXPECT(t, pipe_object_type.equal(pipe, again));
    pipe_object_type.discard(again);
    resolved = in->private_data;
    REQUIRE(t, round_trip(&out->object, &again) == HELIX_OK);
    EXPECT(t, file_object_type.equal(&out->object, again));
    file_object_type.discard(again);
    file_put(in);
    file_put(out);
    struct path path;
    REQUIRE(t, path_walk(&scene.walk, SCENE, 0, &path) == HELIX_OK);
    REQUIRE(t, round_trip(&path.mount->object, &again) == HELIX_OK);
    EXPECT(t, mount_object_type.equal(&path.mount->object, again));
    mount_object_type.discard(again);
    path_put(&path);

    REQUIRE(t, round_trip(&tty_console()->object, &again) == HELIX_OK);
    EXPECT(t, tty_object_type.equal(&tty_console()->object, again));
    tty_object_type.discard(again);
    scene_end(&scene);
}
