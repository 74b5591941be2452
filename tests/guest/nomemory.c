/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Every call that allocates, without memory: ALLOCATES (allocates.h). Runs on Helix only. */
#define _GNU_SOURCE
#include <grp.h>
#include <linux/aio_abi.h>
#include <linux/sched.h>
#include <mqueue.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>

#include "allocates.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum { PAGE = 4096, PAGES = 16 };

static char buffer[2 * PAGE], there[600], missing[600], other[600];

/* Names that are too long for the kernel's stack, so that it must find memory for them. */
static void long_name(char *to, const char *name)
{
    strcpy(to, "/tmp/nomemory");
    for (unsigned i = 0; i < 200; i++)
        strcat(to, "/.");
    strcat(strcat(to, "/"), name);
}

/* A folder with a file `there` and the names `missing` and `other`, which do not exist. */
static void make_names(void)
{
    mkdir("/tmp/nomemory", 0777);
    long_name(there, "there");
    long_name(missing, "missing");
    long_name(other, "other");
    unlink(missing);
    rmdir(missing);
    unlink(other);
    int fd = creat(there, 0666);
    CHECK(fd >= 0 && write(fd, buffer, sizeof buffer) == sizeof buffer && close(fd) == 0);
}

static int small_file(void)
{
    int fd = open("/tmp/nomemory.data", O_RDWR | O_CREAT | O_TRUNC, 0600);
    CHECK(fd >= 0 && write(fd, buffer, sizeof buffer) == sizeof buffer &&
          lseek(fd, 0, SEEK_SET) == 0);
    return fd;
}

/* ---- Processes ---- */

/* Somebody else uses the descriptors, until this process ends. */
static void share_files(void)
{
    if (syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0) == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pause();
    }
}

static void processes(void)
{
    struct clone_args args = {.exit_signal = SIGCHLD};
    other_error = EAGAIN;
    ALLOCATES(syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0));
    ALLOCATES(syscall(SYS_clone3, &args, sizeof args));
#ifdef SYS_fork
    ALLOCATES(syscall(SYS_fork));
#endif
    other_error = 0;
    try_prepare = share_files;
    ALLOCATES(unshare(CLONE_FILES));
    ALLOCATES(syscall(SYS_close_range, 100, 200, 2)); // CLOSE_RANGE_UNSHARE
    try_prepare = NULL;
    ALLOCATES(syscall(SYS_pidfd_open, getpid(), 0));
}

/* Beyond the point of no return a program that cannot be started is killed. */
static void programs(void)
{
    char *arguments[] = {"nomemory", "done", NULL}, *environment[] = {NULL};
    int fd = open("/proc/self/exe", O_RDONLY);
    may_die = 1;
    CHECK(fd >= 0);
    ALLOCATES(execve("/proc/self/exe", arguments, environment));
    ALLOCATES(syscall(SYS_execveat, fd, "", arguments, environment, AT_EMPTY_PATH));
}

static void groups(void)
{
    gid_t some[40];
    for (unsigned i = 0; i < 40; i++)
        some[i] = 1000 + i;
    ALLOCATES(setgroups(40, some));
}

static void timers(void)
{
    timer_t timer;
    other_error = EAGAIN;
    ALLOCATES(syscall(SYS_timer_create, CLOCK_MONOTONIC, NULL, &timer));
}

/* ---- Memory ---- */

static char *pages(int flags)
{
    char *at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    memset(at, 1, PAGES * PAGE);
    return at;
}

static void mappings(void)
{
    char *at = pages(MAP_PRIVATE), *away = pages(MAP_SHARED);
    int fd = small_file();
    ALLOCATES(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0));
    ALLOCATES(mmap(NULL, PAGE, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    ALLOCATES(munmap(at + 4 * PAGE, PAGE));
    ALLOCATES(mprotect(at + 4 * PAGE, PAGE, PROT_READ));
    ALLOCATES(syscall(SYS_remap_file_pages, away, PAGE, 0, 3, 0));
    ALLOCATES(mremap(away, PAGES * PAGE, 2 * PAGES * PAGE, MREMAP_MAYMOVE));
}

static void ranges(void)
{
    static unsigned char vector[PAGES];
    char *at = pages(MAP_PRIVATE), *untouched = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE,
                                                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct iovec span = {at + 4 * PAGE, PAGE};
    int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    ALLOCATES(madvise(at + 4 * PAGE, PAGE, MADV_DONTFORK));
    other_error = EAGAIN; // the buffer, and pages that cannot be had
    ALLOCATES(mincore(at, PAGES * PAGE, vector));
    ALLOCATES(mlock(at + 4 * PAGE, PAGE));
    ALLOCATES(mlock2(at + 4 * PAGE, PAGE, 0));
    ALLOCATES(mlock(untouched, 8 * PAGE));
    ALLOCATES(mlock2(untouched, 8 * PAGE, 0));
    other_error = 0;
    ALLOCATES(munlock(at + 4 * PAGE, PAGE));
    CHECK(mlock(at, PAGES * PAGE) == 0);
    ALLOCATES(madvise(untouched, 8 * PAGE, MADV_POPULATE_WRITE));
    struct iovec many[40];
    for (unsigned i = 0; i < 40; i++)
        many[i] = span;
    ALLOCATES(syscall(SYS_process_madvise, self, many, 40, MADV_WILLNEED, 0));
}

static void other_memory(void)
{
    struct iovec ours = {buffer, PAGE}, theirs = {buffer + PAGE, PAGE};
    ALLOCATES(process_vm_readv(getpid(), &ours, 1, &theirs, 1, 0));
    ALLOCATES(process_vm_writev(getpid(), &ours, 1, &theirs, 1, 0));
}

/* ---- System V IPC ---- */

static void identifiers(void)
{
    int id = shmget(IPC_PRIVATE, PAGE, 0600);
    CHECK(id >= 0);
    ALLOCATES(shmat(id, NULL, 0));
    CHECK(shmctl(id, IPC_RMID, NULL) == 0);
    ALLOCATES(shmget(IPC_PRIVATE, PAGE, 0600), shmctl((int)try_result, IPC_RMID, NULL));
    ALLOCATES(semget(IPC_PRIVATE, 1, 0600), semctl((int)try_result, 0, IPC_RMID));
    ALLOCATES(msgget(IPC_PRIVATE, 0600), msgctl((int)try_result, IPC_RMID, NULL));
}

static void semaphores(void)
{
    int id = semget(IPC_PRIVATE, 1, 0600);
    struct sembuf up = {0, 1, SEM_UNDO};
    struct timespec second = {1, 0};
    CHECK(id >= 0);
    ALLOCATES(semop(id, &up, 1));
    ALLOCATES(syscall(SYS_semtimedop, id, &up, 1, &second));
    CHECK(semctl(id, 0, IPC_RMID) == 0);
}

static void messages(void)
{
    static struct {
        long type;
        char text[100];
    } message = {1, "text"};
    int id = msgget(IPC_PRIVATE, 0600);
    CHECK(id >= 0);
    ALLOCATES(msgsnd(id, &message, sizeof message.text, 0),
              msgrcv(id, &message, sizeof message.text, 0, 0));
    CHECK(msgctl(id, IPC_RMID, NULL) == 0);
}

static void message_queues(void)
{
    struct mq_attr attributes = {.mq_maxmsg = 5, .mq_msgsize = 100};
    ALLOCATES(mq_open("/nomemory", O_RDWR | O_CREAT | O_EXCL, 0600, &attributes),
              mq_unlink("/nomemory"));
    mqd_t queue = mq_open("/nomemory", O_RDWR | O_CREAT, 0600, &attributes);
    CHECK(queue >= 0);
    ALLOCATES(mq_send(queue, buffer, 100, 0), mq_receive(queue, buffer, 100, NULL));
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_ptr = buffer};
    event.sigev_signo = socket(AF_NETLINK, SOCK_RAW, 0);
    CHECK(event.sigev_signo >= 0);
    ALLOCATES(syscall(SYS_mq_notify, queue, &event), mq_notify(queue, NULL));
    CHECK(mq_close(queue) == 0 && mq_unlink("/nomemory") == 0);
}

/* ---- Files ---- */

static void opening(void)
{
    make_names();
    ALLOCATES(open(there, O_RDONLY));
    ALLOCATES(openat(AT_FDCWD, missing, O_RDWR | O_CREAT, 0600), unlink(missing));
#ifdef SYS_open
    ALLOCATES(syscall(SYS_open, there, O_RDONLY));
    ALLOCATES(syscall(SYS_creat, missing, 0600), unlink(missing));
#endif
}

static void descriptors(void)
{
    static int ends[2];
    sigset_t set;
    sigemptyset(&set);
    ALLOCATES(pipe2(ends, 0));
    ALLOCATES(eventfd(0, 0));
    ALLOCATES(timerfd_create(CLOCK_MONOTONIC, 0));
    ALLOCATES(syscall(SYS_signalfd4, -1, &set, 8, 0));
    ALLOCATES(memfd_create("nomemory", 0));
    ALLOCATES(epoll_create1(0));
#ifdef SYS_eventfd
    ALLOCATES(syscall(SYS_pipe, ends));
    ALLOCATES(syscall(SYS_eventfd, 0));
    ALLOCATES(syscall(SYS_signalfd, -1, &set, 8));
    ALLOCATES(syscall(SYS_epoll_create, 1));
#endif
}

static void watching(void)
{
    static struct pollfd many[600];
    int ends[2], set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN};
    struct timespec none = {0, 0};
    CHECK(pipe(ends) == 0 && set >= 0);
    for (unsigned i = 0; i < 600; i++)
        many[i] = (struct pollfd){.fd = ends[0], .events = POLLIN};
    ALLOCATES(epoll_ctl(set, EPOLL_CTL_ADD, ends[0], &event),
              epoll_ctl(set, EPOLL_CTL_DEL, ends[0], NULL));
    ALLOCATES(syscall(SYS_ppoll, many, 600, &none, NULL, 8));
    ALLOCATES(syscall(SYS_pselect6, 64, NULL, NULL, NULL, &none, NULL));
#ifdef SYS_poll
    struct timeval zero = {0, 0};
    ALLOCATES(syscall(SYS_poll, many, 600, 0));
    ALLOCATES(syscall(SYS_select, 64, NULL, NULL, NULL, &zero));
#endif
}

/* Here the error has another name: ENOLCK. */
static void locking(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = small_file();
    other_error = ENOLCK;
    ALLOCATES(flock(fd, LOCK_EX), flock(fd, LOCK_UN));
    ALLOCATES(fcntl(fd, F_SETLK, &lock));
    other_error = 0;
}

static void moving(void)
{
    int ends[2], to[2], fd = small_file(), null = open("/dev/null", O_WRONLY);
    struct iovec span = {buffer, PAGE};
    off_t start = 0;
    CHECK(pipe(ends) == 0 && pipe(to) == 0 && null >= 0);
    ALLOCATES(sendfile(null, fd, &start, PAGE));
    loff_t away = PAGE + 100;
    ALLOCATES(copy_file_range(fd, &start, fd, &away, 100, 0));
    ALLOCATES(vmsplice(ends[1], &span, 1, 0));
    CHECK(write(ends[1], buffer, 100) == 100);
    ALLOCATES(splice(fd, &start, ends[1], NULL, 100, 0));
    ALLOCATES(tee(ends[0], to[1], 100, 0));
}

static aio_context_t own_context; // of a try: it does not inherit the case's

static void make_context(void)
{
    own_context = 0;
    CHECK(syscall(SYS_io_setup, 1, &own_context) == 0);
}

static void asynchronous_io(void)
{
    static aio_context_t context;
    static struct iocb iocb, *list = &iocb;
    int ends[2];
    CHECK(pipe(ends) == 0);
    iocb = (struct iocb){.aio_lio_opcode = IOCB_CMD_POLL, .aio_fildes = (unsigned)ends[0]};
    ALLOCATES(syscall(SYS_io_setup, 1, &context), syscall(SYS_io_destroy, context));
    try_prepare = make_context;
    ALLOCATES(syscall(SYS_io_submit, own_context, 1L, &list));
    try_prepare = NULL;
}

static void file_watches(void)
{
    int watcher = inotify_init1(0);
    make_names();
    CHECK(watcher >= 0);
    ALLOCATES(syscall(SYS_inotify_init1, 0));
    ALLOCATES(inotify_add_watch(watcher, there, IN_OPEN),
              inotify_rm_watch(watcher, (int)try_result));
#ifdef SYS_inotify_init
    ALLOCATES(syscall(SYS_inotify_init));
#endif
}

/* ---- Sockets ---- */

static int unbound;

static void make_socket(void)
{
    unbound = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(unbound >= 0);
}

static void socket_names(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    strcpy(name.sun_path, "/tmp/nomemory.socket");
    unlink(name.sun_path);
    try_prepare = make_socket;
    ALLOCATES(bind(unbound, (struct sockaddr *)&name, sizeof name), unlink(name.sun_path));
}

/* The descriptor of a success goes with the child: the connection waits in a listener of its own.
 */
static int server;

static void make_connection(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    socklen_t bytes = sizeof(sa_family_t);
    server = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(server >= 0 && bind(server, (struct sockaddr *)&name, bytes) == 0);
    bytes = sizeof name;
    CHECK(listen(server, 5) == 0 && getsockname(server, (struct sockaddr *)&name, &bytes) == 0);
    int client = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(client >= 0 && connect(client, (struct sockaddr *)&name, bytes) == 0);
}

static void sockets_made(void)
{
    int pair[2];
    ALLOCATES(socket(AF_UNIX, SOCK_STREAM, 0));
    ALLOCATES(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    try_prepare = make_connection;
    ALLOCATES(accept(server, NULL, NULL));
    ALLOCATES(accept4(server, NULL, NULL, 0));
}

/* More spans than fit the kernel's stack. */
static void many_spans(void)
{
    static struct iovec spans[100];
    static struct mmsghdr messages[1];
    int pair[2];
    for (unsigned i = 0; i < 100; i++)
        spans[i] = (struct iovec){buffer + i, 1};
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    messages[0].msg_hdr = (struct msghdr){.msg_iov = spans, .msg_iovlen = 100};
    other_error = ENOBUFS;
    ALLOCATES(sendmmsg(pair[0], messages, 1, 0), recv(pair[1], buffer, 100, 0));
    CHECK(send(pair[0], buffer, 100, 0) == 100);
    ALLOCATES(recvmsg(pair[1], &messages[0].msg_hdr, 0), send(pair[0], buffer, 100, 0));
    ALLOCATES(recvmmsg(pair[1], messages, 1, 0, NULL), send(pair[0], buffer, 100, 0));
}

static void socket_data(void)
{
    int pair[2];
    static char control[CMSG_SPACE(sizeof(int))];
    struct iovec span = {buffer, 100};
    struct msghdr message = {.msg_iov = &span, .msg_iovlen = 1};
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    other_error = ENOBUFS;
    ALLOCATES(sendto(pair[0], buffer, 100, 0, NULL, 0), recv(pair[1], buffer, 100, 0));
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(rights), &pair[0], sizeof(int));
    ALLOCATES(sendmsg(pair[0], &message, 0), recv(pair[1], buffer, 100, 0));
}

/* ---- Names ---- */

static void looking(void)
{
    static struct stat status;
    static struct statx more;
    static struct statfs volume;
    make_names();
    ALLOCATES(fstatat(AT_FDCWD, there, &status, 0));
    ALLOCATES(statx(AT_FDCWD, there, 0, STATX_ALL, &more));
    ALLOCATES(faccessat(AT_FDCWD, there, R_OK, 0));
    ALLOCATES(syscall(SYS_faccessat2, AT_FDCWD, there, R_OK, 0));
    ALLOCATES(statfs(there, &volume));
#ifdef SYS_stat
    ALLOCATES(syscall(SYS_stat, there, &status));
    ALLOCATES(syscall(SYS_lstat, there, &status));
    ALLOCATES(syscall(SYS_access, there, R_OK));
#endif
}

static void folders(void)
{
    make_names();
    ALLOCATES(mkdirat(AT_FDCWD, missing, 0700), rmdir(missing));
    CHECK(mkdir(missing, 0700) == 0);
    ALLOCATES(chdir(missing));
    ALLOCATES(chroot(missing));
    ALLOCATES(unlinkat(AT_FDCWD, missing, AT_REMOVEDIR), mkdir(missing, 0700));
    ALLOCATES(syscall(SYS_getcwd, buffer, sizeof buffer));
#ifdef SYS_mkdir
    ALLOCATES(syscall(SYS_rmdir, missing), mkdir(missing, 0700));
    CHECK(rmdir(missing) == 0);
    ALLOCATES(syscall(SYS_mkdir, missing, 0700), rmdir(missing));
#endif
}

static void links(void)
{
    make_names();
    ALLOCATES(linkat(AT_FDCWD, there, AT_FDCWD, missing, 0), unlink(missing));
    ALLOCATES(symlinkat("there", AT_FDCWD, missing), unlink(missing));
    ALLOCATES(mknodat(AT_FDCWD, missing, S_IFIFO | 0600, 0), unlink(missing));
    CHECK(symlink("there", missing) == 0);
    ALLOCATES(readlinkat(AT_FDCWD, missing, buffer, sizeof buffer));
    ALLOCATES(unlinkat(AT_FDCWD, missing, 0), symlink("there", missing));
    ALLOCATES(renameat(AT_FDCWD, missing, AT_FDCWD, other), rename(other, missing));
    ALLOCATES(syscall(SYS_renameat2, AT_FDCWD, missing, AT_FDCWD, other, 0),
              rename(other, missing));
#ifdef SYS_link
    ALLOCATES(syscall(SYS_rename, missing, other), rename(other, missing));
    ALLOCATES(syscall(SYS_readlink, missing, buffer, sizeof buffer));
    ALLOCATES(syscall(SYS_unlink, missing), symlink("there", missing));
    CHECK(unlink(missing) == 0);
    ALLOCATES(syscall(SYS_link, there, missing), unlink(missing));
    ALLOCATES(syscall(SYS_symlink, "there", missing), unlink(missing));
    ALLOCATES(syscall(SYS_mknod, missing, S_IFIFO | 0600, 0), unlink(missing));
#endif
}

static void attributes(void)
{
    make_names();
    ALLOCATES(fchmodat(AT_FDCWD, there, 0600, 0));
    ALLOCATES(fchownat(AT_FDCWD, there, 0, 0, 0));
#ifdef SYS_chmod
    ALLOCATES(syscall(SYS_chmod, there, 0600));
    ALLOCATES(syscall(SYS_chown, there, 0, 0));
    ALLOCATES(syscall(SYS_lchown, there, 0, 0));
#endif
}

/* Undone by the same call, which is made in a root of its own. */
static void roots(void)
{
    static struct {
        struct file_handle head;
        unsigned char data[128];
    } handle = {.head = {.handle_bytes = 128}};
    static struct {
        unsigned long long flags, mode, resolve;
    } how;
    static char to[600];
    int id;
    make_names();
    ALLOCATES(syscall(SYS_openat2, AT_FDCWD, there, &how, sizeof how));
    ALLOCATES(syscall(SYS_name_to_handle_at, AT_FDCWD, there, &handle, &id, 0));
    CHECK(syscall(SYS_name_to_handle_at, AT_FDCWD, there, &handle, &id, 0) == 0);
    ALLOCATES(syscall(SYS_open_by_handle_at, AT_FDCWD, &handle, O_RDONLY));
    CHECK(mkdir(missing, 0700) == 0 && mount("none", missing, "tmpfs", 0, NULL) == 0);
    CHECK(chroot(missing) == 0 && chdir("/") == 0 && mkdir("/new", 0700) == 0);
    CHECK(mount("none", "/new", "tmpfs", 0, NULL) == 0 && mkdir("/new/old", 0700) == 0);
    strcpy(to, "/new");
    for (unsigned i = 0; i < 200; i++)
        strcat(to, "/.");
    ALLOCATES(syscall(SYS_pivot_root, to, "/new/old"), syscall(SYS_pivot_root, "/old", "/old/new"));
}

static void extended_attributes(void)
{
    static char list[64];
    make_names();
    int fd = open(there, O_RDONLY);
    CHECK(fd >= 0 && setxattr(there, "trusted.name", "value", 5, 0) == 0);
    ALLOCATES(getxattr(there, "trusted.name", list, 5));
    ALLOCATES(lgetxattr(there, "trusted.name", list, 5));
    ALLOCATES(fgetxattr(fd, "trusted.name", list, 5));
    ALLOCATES(setxattr(there, "trusted.name", "value", 5, 0));
    ALLOCATES(lsetxattr(there, "trusted.name", "value", 5, 0));
    ALLOCATES(fsetxattr(fd, "trusted.name", "value", 5, 0));
    ALLOCATES(listxattr(there, list, sizeof list));
    ALLOCATES(llistxattr(there, list, sizeof list));
    ALLOCATES(flistxattr(fd, list, sizeof list));
    ALLOCATES(removexattr(there, "trusted.name"), setxattr(there, "trusted.name", "value", 5, 0));
    ALLOCATES(lremovexattr(there, "trusted.name"), setxattr(there, "trusted.name", "value", 5, 0));
}

static void mounts(void)
{
    make_names();
    CHECK(mkdir(missing, 0700) == 0);
    ALLOCATES(mount("none", missing, "tmpfs", 0, NULL), umount(missing));
    CHECK(mount("none", missing, "tmpfs", 0, NULL) == 0);
    ALLOCATES(umount2(missing, 0), mount("none", missing, "tmpfs", 0, NULL));
    CHECK(umount(missing) == 0);
}

static const struct test_case cases[] = {
    CASE(processes),    CASE(programs),        CASE(groups),         CASE(timers),
    CASE(mappings),     CASE(ranges),          CASE(other_memory),   CASE(identifiers),
    CASE(semaphores),   CASE(messages),        CASE(message_queues), CASE(opening),
    CASE(descriptors),  CASE(watching),        CASE(moving),         CASE(locking),
    CASE(socket_names), CASE(socket_data),     CASE(sockets_made),   CASE(many_spans),
    CASE(file_watches), CASE(asynchronous_io), CASE(looking),        CASE(folders),
    CASE(links),        CASE(attributes),      CASE(mounts),         CASE(extended_attributes),
    CASE(roots),
};

int main(int argc, char **argv)
{
    (void)argv;
    if (argc > 1)
        return umask(0) == TRY_REPEATED ? TRY_FAILED_WELL : TRY_SUCCEEDED; // execve()'s
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
