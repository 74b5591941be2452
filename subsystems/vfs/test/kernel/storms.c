/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Many threads at once in one folder, in pipes, in a file. */
#include <helix/abi/linux.h>
#include <helix/lib/atomic.h>
#include <helix/lib/format.h>
#include <helix/lib/random.h>
#include <helix/lib/string.h>
#include <helix/memory/heap.h>
#include <helix/vfs/special.h>

#include "scene.h"

enum {
    THREADS = 6,
    STEPS = 400,
    NAMES = 12,
};

struct worker {
    struct scene *scene;
    u64 seed;
    u32 bad; // answers that cannot be
};

static void name_of(struct prng *prng, char *path, size_t capacity)
{
    static const char *const folders[] = {"", "/a", "/b", "/a/c"};
    lib_format(path, capacity, SCENE "%s/n%u", folders[prng_below(prng, 4)],
               (unsigned)prng_below(prng, NAMES));
}

static bool is_possible(helix_status st)
{
    switch (st) {
    case HELIX_OK:
    case HELIX_E_NOENT:
    case HELIX_E_EXIST:
    case HELIX_E_IS_DIR:
    case HELIX_E_NOT_DIR:
    case HELIX_E_NOT_EMPTY:
    case HELIX_E_INVAL: // a folder into itself
    case HELIX_E_PERM:  // a hard link to a folder
    case HELIX_E_LOOP:
    case HELIX_E_BUSY:
        return true;
    default:
        return false;
    }
}

static helix_status one_step(struct scene *scene, struct prng *prng)
{
    char left[48], right[48];
    struct fs_attributes attributes;
    struct file *file;
    u64 device;
    name_of(prng, left, sizeof left);
    name_of(prng, right, sizeof right);
    switch (prng_below(prng, 9)) {
    case 0:
        return scene_write(scene, left, left, sizeof left);
    case 1:
        return vfs_unlink(&scene->walk, left);
    case 2:
        return vfs_rename(&scene->walk, left, &scene->walk, right, 0);
    case 3:
        return vfs_mkdir(&scene->walk, left, 0755);
    case 4:
        return vfs_rmdir(&scene->walk, left);
    case 5:
        return vfs_link(&scene->walk, left, &scene->walk, right, 0);
    case 6:
        return vfs_symlink(&scene->walk, right, left);
    case 7: {
        helix_status st = scene_open(scene, left, LINUX_O_RDONLY, &file);
        if (st == HELIX_OK)
            file_put(file);
        return st;
    }
    default:
        return vfs_stat_at(&scene->walk, left, WALK_FOLLOW, &attributes, &device);
    }
}

static void storm(void *argument)
{
    struct worker *worker = argument;
    struct prng prng;
    prng_seed(&prng, worker->seed);
    for (unsigned i = 0; i < STEPS; i++) {
        if (!is_possible(one_step(worker->scene, &prng)))
            worker->bad++;
    }
    scene_thread_end(worker->scene);
}

HELIX_TEST(vfs, keeps_names_sound_under_a_storm)
{
    struct scene scene;
    struct worker workers[THREADS];
    scene_begin(&scene, t);
    EXPECT(t, vfs_mkdir(&scene.walk, SCENE "/a", 0755) == HELIX_OK);
    EXPECT(t, vfs_mkdir(&scene.walk, SCENE "/b", 0755) == HELIX_OK);
    EXPECT(t, vfs_mkdir(&scene.walk, SCENE "/a/c", 0755) == HELIX_OK);
    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.scene = &scene, .seed = i + 1};
        scene_run(&scene, storm, &workers[i]);
    }
    scene_join(&scene);
    for (unsigned i = 0; i < THREADS; i++)
        EXPECT(t, workers[i].bad == 0);
    scene_end(&scene);
}

/* ---- Mounts come and go under walks ---- */

static void walk_into(void *argument)
{
    struct worker *worker = argument;
    struct fs_attributes attributes;
    u64 device;
    for (unsigned i = 0; i < 4 * STEPS; i++) {
        helix_status st =
            vfs_stat_at(&worker->scene->walk, SCENE "/m/inside", 0, &attributes, &device);
        if (st != HELIX_OK && st != HELIX_E_NOENT)
            worker->bad++;
    }
    scene_thread_end(worker->scene);
}

HELIX_TEST(vfs, mounts_and_unmounts_under_walks)
{
    struct scene scene;
    struct worker workers[3];
    scene_begin(&scene, t);
    EXPECT(t, vfs_mkdir(&scene.walk, SCENE "/m", 0755) == HELIX_OK);
    for (unsigned i = 0; i < array_count(workers); i++) {
        workers[i] = (struct worker){.scene = &scene};
        scene_run(&scene, walk_into, &workers[i]);
    }
    for (unsigned i = 0; i < 100; i++) {
        EXPECT(t, vfs_mount(&scene.walk, "none", SCENE "/m", "tmpfs", 0, "") == HELIX_OK);
        EXPECT(t, vfs_mkdir(&scene.walk, SCENE "/m/inside", 0755) == HELIX_OK);
        helix_status st;
        while ((st = vfs_unmount(&scene.walk, SCENE "/m", 0)) == HELIX_E_BUSY)
            thread_yield(); // somebody walks there right now
        EXPECT(t, st == HELIX_OK);
    }
    scene_join(&scene);
    for (unsigned i = 0; i < array_count(workers); i++)
        EXPECT(t, workers[i].bad == 0);
    scene_end(&scene);
}

/* ---- Pipes ---- */

enum {
    RECORDS = 3000,
    RECORD_BYTES = 40, // does not divide a page, so records lie across its end
};

struct pipe_worker {
    struct scene *scene;
    struct file *file;
    u32 id;
    u64 records;
    u64 sum;
    u32 bad;
};

static helix_status transfer(struct file *file, void *data, size_t bytes, bool in, size_t *done)
{
    struct io_span span;
    struct io_buffer buffer;
    io_buffer_kernel(&buffer, &span, data, bytes);
    return in ? file_read(file, &buffer, NULL, done) : file_write(file, &buffer, NULL, done);
}

static void write_records(void *argument)
{
    struct pipe_worker *worker = argument;
    u32 record[RECORD_BYTES / 4];
    size_t done;
    for (u32 i = 0; i < RECORDS; i++) {
        for (u32 word = 0; word < array_count(record); word++)
            record[word] = worker->id << 24 | i;
        if (transfer(worker->file, record, sizeof record, false, &done) != HELIX_OK ||
            done != sizeof record)
            worker->bad++;
        worker->sum += record[0];
    }
    file_put(worker->file);
    scene_thread_end(worker->scene);
}

static void read_records(void *argument)
{
    struct pipe_worker *worker = argument;
    u32 record[RECORD_BYTES / 4];
    size_t done;
    while (transfer(worker->file, record, sizeof record, true, &done) == HELIX_OK && done > 0) {
        if (done != sizeof record)
            worker->bad++;
        for (u32 word = 1; word < array_count(record); word++)
            worker->bad += record[word] != record[0];
        worker->records++;
        worker->sum += record[0];
    }
    file_put(worker->file);
    scene_thread_end(worker->scene);
}

HELIX_TEST(vfs, pipes_tear_no_record_between_many_writers_and_readers)
{
    struct scene scene;
    struct pipe_worker writers[3], readers[2];
    struct file *in, *out;
    u64 written = 0, read = 0, records = 0;
    scene_begin(&scene, t);
    REQUIRE(t, pipe_create(0, &in, &out) == HELIX_OK);
    for (u32 i = 0; i < array_count(readers); i++) {
        file_get(in);
        readers[i] = (struct pipe_worker){.scene = &scene, .file = in};
        scene_run(&scene, read_records, &readers[i]);
    }
    for (u32 i = 0; i < array_count(writers); i++) {
        file_get(out);
        writers[i] = (struct pipe_worker){.scene = &scene, .file = out, .id = i + 1};
        scene_run(&scene, write_records, &writers[i]);
    }
    file_put(in);
    file_put(out);
    scene_join(&scene);
    for (u32 i = 0; i < array_count(writers); i++) {
        EXPECT(t, writers[i].bad == 0);
        written += writers[i].sum;
    }
    for (u32 i = 0; i < array_count(readers); i++) {
        EXPECT(t, readers[i].bad == 0);
        read += readers[i].sum;
        records += readers[i].records;
    }
    EXPECT(t, written == read && records == RECORDS * array_count(writers));
    scene_end(&scene);
}

static void read_fifo(void *argument)
{
    struct pipe_worker *worker = argument;
    char text[8];
    size_t done = 0;
    helix_status st = scene_open(worker->scene, SCENE "/fifo", LINUX_O_RDONLY, &worker->file);
    if (st == HELIX_OK)
        st = transfer(worker->file, text, sizeof text, true, &done);
    worker->bad = st != HELIX_OK || done != 5 || memcmp(text, "hello", 5) != 0;
    if (worker->file != NULL)
        file_put(worker->file);
    scene_thread_end(worker->scene);
}

HELIX_TEST(vfs, fifo_opens_wait_for_each_other)
{
    struct scene scene;
    struct file *file;
    size_t done;
    scene_begin(&scene, t);
    EXPECT(t, vfs_mknod(&scene.walk, SCENE "/fifo", LINUX_S_IFIFO | 0600, 0) == HELIX_OK);
    for (unsigned i = 0; i < 2000; i++) {
        struct pipe_worker reader = {.scene = &scene};
        scene_run(&scene, read_fifo, &reader);
        REQUIRE(t, scene_open(&scene, SCENE "/fifo", LINUX_O_WRONLY, &file) == HELIX_OK);
        EXPECT(t, transfer(file, (char *)"hello", 5, false, &done) == HELIX_OK && done == 5);
        file_put(file);
        scene_join(&scene);
        EXPECT(t, reader.bad == 0);
    }
    scene_end(&scene);
}

/* ---- One file ---- */

static void append_lines(void *argument)
{
    struct pipe_worker *worker = argument;
    char line[64];
    size_t done;
    for (unsigned i = 0; i < STEPS; i++) {
        memset(line, (int)('a' + worker->id), sizeof line);
        if (transfer(worker->file, line, sizeof line, false, &done) != HELIX_OK ||
            done != sizeof line)
            worker->bad++;
    }
    file_put(worker->file);
    scene_thread_end(worker->scene);
}

HELIX_TEST(vfs, appends_never_overlap)
{
    struct scene scene;
    struct pipe_worker writers[4];
    struct file *file;
    char line[64];
    size_t done;
    scene_begin(&scene, t);
    for (u32 i = 0; i < array_count(writers); i++) {
        writers[i] = (struct pipe_worker){.scene = &scene, .id = i};
        REQUIRE(t, scene_open(&scene, SCENE "/log", LINUX_O_CREAT | LINUX_O_RDWR | LINUX_O_APPEND,
                              &writers[i].file) == HELIX_OK);
        scene_run(&scene, append_lines, &writers[i]);
    }
    scene_join(&scene);
    REQUIRE(t, scene_open(&scene, SCENE "/log", LINUX_O_RDONLY, &file) == HELIX_OK);
    u64 lines = 0, counts[4] = {0};
    while (transfer(file, line, sizeof line, true, &done) == HELIX_OK && done == sizeof line) {
        for (unsigned i = 1; i < sizeof line; i++)
            EXPECT(t, line[i] == line[0]);
        counts[(line[0] - 'a') & 3]++;
        lines++;
    }
    EXPECT(t, lines == STEPS * array_count(writers) && counts[0] == STEPS && counts[3] == STEPS);
    file_put(file);
    scene_end(&scene);
}
