/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/vfs/file.h>
#include <helix/vfs/path.h>

/* Open objects that are no files: made by system calls. Each call gives files with one reference.
 */
helix_status pipe_create(u32 flags, struct file **read_out, struct file **write_out);

/* fcntl(2) F_SETPIPE_SZ and F_GETPIPE_SZ. Beyond pipe_bytes_most() only with @past_limit: PERM.
 * BUSY: more is in it. */
helix_status pipe_resize(struct file *end, size_t bytes, bool past_limit, size_t *bytes_out);
helix_status pipe_size(const struct file *end, size_t *bytes_out);
u64 *pipe_bytes_most(void); // fs.pipe-max-size

/*
 * Splicing takes bytes out of a pipe in two steps, so that none is lost when the other file cannot
 * take them: pipe_hold() waits for data (and its turn), copies at most @bytes to @buffer and keeps
 * other readers away until pipe_let_go() says how many were used. No bytes and HELIX_OK: no writer
 * is left. pipe_wait_room(): until something can be written, *room_out bytes of it. @nowait:
 * WOULD_BLOCK instead of waiting.
 */
bool file_is_pipe(const struct file *file);
bool pipe_same(const struct file *left, const struct file *right);
helix_status pipe_hold(struct file *end, void *buffer, size_t bytes, bool nowait,
                       size_t *count_out);
void pipe_let_go(struct file *end, size_t used);
helix_status pipe_wait_room(struct file *end, bool nowait, size_t *room_out);

/* memfd_create(2): INVAL when @name is too long. */
helix_status memory_file_create(const char *name, u32 flags, bool sealable,
                                const struct credentials *who, struct file **file_out);

/* fcntl(2) F_ADD_SEALS and F_GET_SEALS. */
enum file_seal {
    FILE_SEAL_SEAL = 1u << 0,
    FILE_SEAL_SHRINK = 1u << 1,
    FILE_SEAL_GROW = 1u << 2,
    FILE_SEAL_WRITE = 1u << 3,
    FILE_SEAL_FUTURE_WRITE = 1u << 4,
    FILE_SEALS = (1u << 5) - 1,
};
helix_status file_seals(const struct file *file, u32 *seals_out); // INVAL: it has none
helix_status file_add_seals(struct file *file, u32 seals);        // PERM, BUSY: mapped for writing

/* Do seals allow a mapping with @vm_flags? Asked again when the mapping is in place: a seal may
 * have come meanwhile. And may a mapping without the right to write get it later? */
helix_status file_check_map(const struct file *file, unsigned vm_flags);
bool file_may_become_writable(const struct file *file);

/*
 * A file system whose files are objects of another part of the kernel (mqueue): names and
 * attributes come from @ops, which are called without a gate, and open() gives a file with its
 * place set the operations of inode @inode. Registered once, at init; `root` is a place in it that
 * needs no mount(2).
 */
struct kernel_tree {
    const char *name;
    const struct filesystem_ops *ops;
    helix_status (*open)(struct file *file, u64 inode);
    struct path root; // set by kernel_tree_register()
};
helix_status kernel_tree_register(struct kernel_tree *tree);

/*
 * Devices by number, for devfs nodes and mknod. @minor_count from @minor on. open() may replace
 * file->ops.
 */
struct device_class {
    const char *name;
    bool block;
    u32 major, minor, minor_count;
    helix_status (*open)(struct file *file, u32 minor);
    u32 mode;
    const char *(*node_name)(u32 minor, char *buffer,
                             size_t capacity); // name in /dev; NULL: no node
};
helix_status device_register(const struct device_class *device);
void device_unregister(const struct device_class *device);

/*
 * procfs entries. Subsystems and userspace register files below /proc by path ("meminfo",
 * "helix/swaps"); `show` writes the whole text at each open. Per-process folders come from the
 * provider that userspace sets.
 *
 * A list that may be long is shown in pieces: `show` begins with the record of key @from, stops
 * before the first that does not fit, unless that is its first, and puts its key into @next.
 */
struct text_writer {
    char *data;
    size_t capacity;
    size_t bytes; // goes on past capacity: the caller grows and shows again
    u64 from;     // 0: from the beginning
    u64 next;     // 0: all was shown
};
void text_write(struct text_writer *writer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void text_write_bytes(struct text_writer *writer, const void *bytes,
                      size_t count); // as they are: cmdline, environ, auxv

struct proc_entry {
    const char *path;
    u32 mode;
    helix_status (*show)(struct text_writer *writer, void *context);
    helix_status (*store)(const char *text, size_t bytes, void *context); // NULL: read-only
    void *context;
    struct proc_entry *next; // procfs's
};
void proc_register(struct proc_entry *entry); // static entries, at init

/*
 * What userspace knows about processes; set once. Every call is by pid, and fails with
 * HELIX_E_NO_PROCESS when it is gone. @tid 0: the process as a whole, /proc/PID/NAME; else
 * /proc/PID/task/TID/NAME. show() and store() check the running task's rights: HELIX_E_ACCESS.
 * Lists of mounts (mounts, mountinfo) are procfs's own.
 */
struct proc_process_ops {
    u32 (*next_pid)(u32 after); // 0: no more
    u32 (*self_pid)(void);
    u32 (*self_tid)(void);
    helix_status (*owner)(u32 pid, u32 *uid_out, u32 *gid_out);
    helix_status (*show)(u32 pid, u32 tid, const char *file,
                         struct text_writer *writer); // "stat", "status", "maps", "cmdline"
    helix_status (*store)(u32 pid, u32 tid, const char *file, const char *text, size_t bytes);
    helix_status (*open)(u32 pid, u32 tid, const char *name,
                         struct file *file); // NULL, or gives @file operations when it is no text
    u32 (*file_mode)(const char *file);      // 0444, 0400, 0644
    const char *const *files;                // names that show() knows, NULL-terminated
    helix_status (*link)(u32 pid, const char *name, struct path *path_out); // "exe", "cwd", "root"
    u32 (*next_tid)(u32 pid, u32 after);
    bool (*next_fd)(u32 pid, u32 *fd); // smallest open one >= *fd
    helix_status (*fd_file)(u32 pid, u32 fd, struct file **file_out);
    u32 (*shown_flags)(const struct file *file); // as programs number them
};
void proc_set_process_ops(const struct proc_process_ops *ops);

/* The process whose folder /proc/PID is open as @file; 0: it is something else. */
u32 proc_folder_process(const struct file *file);

/*
 * Terminals. The line discipline, termios and job control live in the VFS; process groups and
 * signals are asked from userspace through hooks.
 */
struct tty;
struct tty_hooks {
    void (*signal_group)(u32 pgid, int signal); // any context
    u32 (*current_pgid)(void);
    u32 (*current_session)(void);
    bool (*is_session_leader)(void);
    struct tty *(*controlling)(void);
    void (*set_controlling)(struct tty *tty);      // of the caller's session
    bool (*signal_ignored_or_blocked)(int signal); // by the caller
    bool (*group_orphaned)(u32 pgid);
    bool (*group_in_session)(u32 pgid, u32 session);
    bool (*is_administrator)(void);                     // CAP_SYS_ADMIN
    void (*session_lost)(u32 session, struct tty *tty); // hung up: whose it was has none now
};
void tty_set_hooks(const struct tty_hooks *hooks);
void tty_hangup(struct tty *tty); // session leader ended
struct tty *tty_console(void);

/* TIOCGPTPEER: an open file of the slave whose master @master is, with open(2)'s @flags and the
 * name that it has in the devpts where the master is, if there is one. NOT_TTY: it is no master. */
struct walk_context;
helix_status pty_open_peer(const struct walk_context *walk, struct file *master, u32 flags,
                           struct file **file_out);
u64 tty_device(const struct tty *tty); // number for stat and /proc/PID/stat
u32 tty_foreground(const struct tty *tty);

/* The group in the foreground of the terminal that @file is. False: it is none. */
bool tty_file_foreground(const struct file *file, u32 *group_out);

/*
 * Leases on files (userspace's). @hook hears of each opening, and may wait, while there is one:
 * vfs_count_lease() says how many more there are. Then has @file company: does anybody write it, or
 * (@any) have it open besides @file?
 */
void vfs_set_lease_hook(helix_status (*hook)(const struct vnode *vnode, u32 flags));
void vfs_count_lease(i32 step);
bool file_has_company(const struct file *file, bool any);

/* Unpack a newc archive (plain or gzip, concatenated, padded) over the root. Data that is
 * page-aligned is used in place. */
struct boot_module;
helix_status initramfs_unpack(const struct boot_module *archive);

/*
 * /dev/kmsg reads the kernel log through this; set once, by whoever knows it. read(): the record
 * *@next, or the oldest kept after it, as one line with its newline; *@next is moved behind it.
 * False: nothing yet.
 */
struct kernel_log_ops {
    bool (*read)(u64 *next, char *line, size_t capacity, size_t *length_out);
    u64 (*end)(void);
};
void vfs_set_kernel_log(const struct kernel_log_ops *ops);
void vfs_kernel_log_grew(void); // wakes readers; any context
