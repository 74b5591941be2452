/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <string.h>

#include <helix/abi/linux.h>
#include <helix/lib/format.h>
#include <helix/vfs/special.h>

#include "dentry.h"
#include "host.h"

/* Three processes: 1, 2 and 300; the last has descriptors 0 (a pipe) and 5 (the root). */
static struct file *pipe_end;
static char stored[32];
static bool gone; // 300 has ended

static u32 next_pid(u32 after)
{
    return after < 1 ? 1 : (after < 2 ? 2 : (after < 300 && !gone ? 300 : 0));
}

static u32 self(void)
{
    return 300;
}

static helix_status owner(u32 pid, u32 *uid_out, u32 *gid_out)
{
    *uid_out = *gid_out = pid == 300 ? 1000 : 0;
    return pid == 300 && gone ? HELIX_E_NO_PROCESS : HELIX_OK;
}

static helix_status show(u32 pid, u32 tid, const char *file, struct text_writer *writer)
{
    for (unsigned i = 0; i < (strcmp(file, "long") == 0 ? 5000 : 1); i++)
        text_write(writer, "%u %u %s\n", pid, tid, file);
    return HELIX_OK;
}

static helix_status store(u32 pid, u32 tid, const char *file, const char *text, size_t bytes)
{
    lib_format(stored, sizeof stored, "%u %u %s %.*s", pid, tid, file, (int)bytes, text);
    return HELIX_OK;
}

static u32 file_mode(const char *file)
{
    return strcmp(file, "comm") == 0 ? 0644 : 0444;
}

static helix_status link_to(u32 pid, const char *name, struct path *path_out)
{
    (void)pid;
    if (strcmp(name, "exe") == 0)
        return HELIX_E_NOENT;
    return path_walk(&host_walk, "/", 0, path_out);
}

static u32 next_tid(u32 pid, u32 after)
{
    return after < pid ? pid : (after < 301 && pid == 300 ? 301 : 0);
}

static bool next_fd(u32 pid, u32 *fd)
{
    if (pid != 300 || *fd > 5)
        return false;
    *fd = *fd == 0 ? 0 : 5;
    return true;
}

static u32 shown_flags(const struct file *file)
{
    return file->flags;
}

static helix_status fd_file(u32 pid, u32 fd, struct file **file_out)
{
    (void)pid;
    if (fd == 5)
        return host_open("/", LINUX_O_RDONLY, 0, file_out);
    file_get(pipe_end);
    *file_out = pipe_end;
    return HELIX_OK;
}

static helix_status show_entry(struct text_writer *writer, void *context)
{
    text_write(writer, "%s", (const char *)context);
    return HELIX_OK;
}

static helix_status store_entry(const char *text, size_t bytes, void *context)
{
    memcpy(context, text, bytes);
    return HELIX_OK;
}

static void start(void)
{
    static const char *const files[] = {"comm", "long", "stat", NULL};
    static const struct proc_process_ops ops = {
        .next_pid = next_pid,
        .self_pid = self,
        .self_tid = self,
        .owner = owner,
        .show = show,
        .store = store,
        .file_mode = file_mode,
        .files = files,
        .link = link_to,
        .next_tid = next_tid,
        .next_fd = next_fd,
        .fd_file = fd_file,
        .shown_flags = shown_flags,
    };
    static char text[32] = "old\n";
    static struct proc_entry entry = {.path = "sys/kernel/name",
                                      .mode = 0644,
                                      .show = show_entry,
                                      .store = store_entry,
                                      .context = text};
    static bool started;
    host_start();
    if (started)
        return;
    started = true;
    proc_set_process_ops(&ops);
    proc_register(&entry);
    helix_assert(vfs_mkdir(&host_walk, "/proc", 0555) == HELIX_OK);
    helix_assert(vfs_mount(&host_walk, "proc", "/proc", "proc", 0, "") == HELIX_OK);
}

static bool reads(const char *path, const char *text)
{
    char got[512];
    size_t n;
    return host_read_file(path, got, sizeof got - 1, &n) == HELIX_OK && n == strlen(text) &&
           memcmp(got, text, n) == 0;
}

HELIX_TEST(proc, shows_entries_and_processes)
{
    struct fs_attributes a;
    struct file *file;
    size_t n;
    start();
    EXPECT(t, reads("/proc/sys/kernel/name", "old\n"));
    REQUIRE(t, host_open("/proc/sys/kernel/name", LINUX_O_WRONLY | LINUX_O_TRUNC, 0, &file) ==
                   HELIX_OK);
    EXPECT(t, file_write_kernel(file, 0, "new\n", 4, &n) == HELIX_OK && n == 4);
    file_put(file);
    EXPECT(t, reads("/proc/sys/kernel/name", "new\n"));
    EXPECT(t, reads("/proc/300/stat", "300 0 stat\n"));
    EXPECT(t, reads("/proc/self/comm", "300 0 comm\n"));
    EXPECT(t, reads("/proc/thread-self/stat", "300 300 stat\n"));
    EXPECT(t, reads("/proc/300/task/301/stat", "300 301 stat\n"));
    EXPECT(t, host_stat("/proc/300", 0, &a) == HELIX_OK && a.uid == 1000 &&
                  a.mode == (LINUX_S_IFDIR | 0555));
    EXPECT(t, host_stat("/proc/3", 0, &a) == HELIX_E_NOENT);
    EXPECT(t, host_stat("/proc/0300", 0, &a) == HELIX_E_NOENT);
    EXPECT(t, host_stat("/proc/300/nothing", 0, &a) == HELIX_E_NOENT);
    EXPECT(t, host_open("/proc/300/stat", LINUX_O_WRONLY, 0, &file) == HELIX_OK);
    file_put(file);
    EXPECT(t, vfs_mkdir(&host_walk, "/proc/x", 0755) == HELIX_E_NOENT);
    REQUIRE(t, host_open("/proc/1/comm", LINUX_O_WRONLY, 0, &file) == HELIX_OK);
    EXPECT(t,
           file_write_kernel(file, 0, "me", 2, &n) == HELIX_OK && !strcmp(stored, "1 0 comm me"));
    file_put(file);
    REQUIRE(t, host_open("/proc/2/long", LINUX_O_RDONLY, 0, &file) == HELIX_OK);
    char line[16];
    EXPECT(t, file_read_kernel(file, 0, line, 9, &n) == HELIX_OK && !memcmp(line, "2 0 long\n", 9));
    EXPECT(t, file_read_kernel(file, 4999 * 9, line, 16, &n) == HELIX_OK && n == 9);
    EXPECT(t, file_read_kernel(file, 5000 * 9, line, 16, &n) == HELIX_OK && n == 0);
    file_put(file);
}

HELIX_TEST(proc, leads_along_its_links)
{
    struct fs_attributes a;
    struct file *out, *again;
    struct path path;
    char target[64];
    u32 length;
    size_t n;
    start();
    REQUIRE(t, pipe_create(LINUX_O_NONBLOCK, &pipe_end, &out) == HELIX_OK);
    EXPECT(t, host_stat("/proc/300/cwd/dev", 0, &a) == HELIX_OK);
    EXPECT(t, host_stat("/proc/300/exe", WALK_FOLLOW, &a) == HELIX_E_NOENT);
    EXPECT(t, host_stat("/proc/300/fd/5/dev", 0, &a) == HELIX_OK);
    EXPECT(t, host_stat("/proc/300/fd/4", 0, &a) == HELIX_E_NOENT);
    REQUIRE(t, path_walk(&host_walk, "/proc/300/fd/0", 0, &path) == HELIX_OK);
    EXPECT(t, vfs_read_link(&path, target, sizeof target, &length) == HELIX_OK &&
                  !memcmp(target, "pipe:[", 6));
    path_put(&path);
    REQUIRE(t, host_open("/proc/300/fd/0", LINUX_O_WRONLY, 0, &again) == HELIX_OK);
    struct io_span span;
    struct io_buffer buffer;
    io_buffer_kernel(&buffer, &span, (char *)"through", 7);
    EXPECT(t, file_write(again, &buffer, NULL, &n) == HELIX_OK && n == 7);
    file_put(out);
    file_put(again);
    io_buffer_kernel(&buffer, &span, target, sizeof target);
    EXPECT(t, file_read(pipe_end, &buffer, NULL, &n) == HELIX_OK && n == 7);
    io_buffer_kernel(&buffer, &span, target, sizeof target);
    EXPECT(t, file_read(pipe_end, &buffer, NULL, &n) == HELIX_OK && n == 0); // no writer is left
    file_put(pipe_end);
}

struct names {
    char text[1024];
    unsigned count;
    unsigned most; // at once
};

static bool note(void *context, const char *name, u32 length, u64 inode, u32 mode, u64 next)
{
    struct names *names = context;
    (void)inode, (void)mode, (void)next;
    if (names->most == 0)
        return false;
    names->most--;
    names->count++;
    strncat(names->text, name, length);
    strcat(names->text, " ");
    return true;
}

/* List @path, @at_once entries a call. */
static void list(const char *path, unsigned at_once, struct names *names)
{
    struct file *file;
    unsigned before;
    memset(names, 0, sizeof *names);
    helix_assert(host_open(path, LINUX_O_RDONLY | LINUX_O_DIRECTORY, 0, &file) == HELIX_OK);
    do {
        before = names->count;
        names->most = at_once;
        helix_assert(file->ops->read_directory(file, note, names) == HELIX_OK);
    } while (names->count != before);
    file_put(file);
}

HELIX_TEST(proc, lists_everything_once_whatever_the_reader_takes)
{
    struct names whole, piecewise;
    static const char *const folders[] = {"/proc",          "/proc/sys/kernel",   "/proc/300",
                                          "/proc/300/task", "/proc/300/task/301", "/proc/300/fd"};
    start();
    for (unsigned i = 0; i < array_count(folders); i++) {
        list(folders[i], 1000, &whole);
        list(folders[i], 1, &piecewise);
        EXPECT(t, whole.count == piecewise.count && !strcmp(whole.text, piecewise.text));
    }
    list("/proc", 100, &whole);
    EXPECT(t, strstr(whole.text, " 1 2 300 ") != NULL && strstr(whole.text, " self ") != NULL);
    list("/proc/300", 100, &whole);
    EXPECT(t, !strcmp(whole.text,
                      ". .. comm long stat mountinfo mounts cwd exe root fd fdinfo task "));
}

HELIX_TEST(proc, forgets_processes_that_are_gone)
{
    struct fs_attributes a;
    struct file *file;
    char text[64];
    size_t n;
    start();
    u64 before = dentry_count();
    REQUIRE(t, host_open("/proc/300/stat", LINUX_O_RDONLY, 0, &file) == HELIX_OK);
    gone = true;
    EXPECT(t, host_stat("/proc/300/stat", 0, &a) == HELIX_E_NOENT);
    EXPECT(t, host_stat("/proc/300", 0, &a) == HELIX_E_NOENT);
    EXPECT(t, file_read_kernel(file, 0, text, sizeof text, &n) == HELIX_OK);
    file_put(file);
    gone = false;
    EXPECT(t, host_stat("/proc/300/stat", 0, &a) == HELIX_OK);
    EXPECT(t, dentry_count() <= before + 1);
}

HELIX_TEST(proc, tells_what_is_mounted)
{
    char text[1024] = {0};
    size_t n;
    start();
    EXPECT(t, host_read_file("/proc/mounts", text, sizeof text - 1, &n) == HELIX_OK);
    EXPECT(t, !strcmp(text, "rootfs / rootfs rw,relatime 0 0\nproc /proc proc rw,relatime 0 0\n"));
    EXPECT(t, vfs_mkdir(&host_walk, "/sys", 0555) == HELIX_OK);
    EXPECT(t, vfs_mount(&host_walk, "sysfs", "/sys", "sysfs", LINUX_MS_NOSUID, "") == HELIX_OK);
    EXPECT(t, reads("/sys/devices/system/cpu/online", "0-3\n"));
    EXPECT(t, host_read_file("/proc/self/mountinfo", text, sizeof text - 1, &n) == HELIX_OK);
    EXPECT(t, strstr(text, " / /sys rw,nosuid,relatime - sysfs sysfs rw\n") != NULL);
    memset(text, 0, sizeof text);
    EXPECT(t, host_read_file("/proc/filesystems", text, sizeof text - 1, &n) == HELIX_OK);
    EXPECT(t, strstr(text, "nodev\ttmpfs\n") != NULL);
    EXPECT(t, vfs_unmount(&host_walk, "/sys", 0) == HELIX_OK);
    EXPECT(t, vfs_rmdir(&host_walk, "/sys") == HELIX_OK);
}
