/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Asynchronous I/O that waits: polls, their cancelling, pipes and sockets, several threads. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "interrupts.h"

enum { THREADS = 3, ROUNDS = 100 };

static void *volatile bad_pointer = (void *)8; // volatile: the compiler would know that it is bad
static aio_context_t context;
static struct io_event events[64];
static struct io_event result; // what io_cancel(2) was once to fill

static void set_up(unsigned most)
{
    context = 0;
    CHECK(syscall(SYS_io_setup, most, &context) == 0);
}

static struct iocb request(int opcode, int fd, void *buffer, size_t bytes)
{
    return (struct iocb){
        .aio_lio_opcode = (unsigned short)opcode,
        .aio_fildes = (unsigned)fd,
        .aio_buf = (unsigned long)buffer,
        .aio_nbytes = bytes,
    };
}

static struct iocb poll_of(int fd, unsigned what)
{
    struct iocb iocb = request(IOCB_CMD_POLL, fd, NULL, 0);
    iocb.aio_buf = what;
    return iocb;
}

static long submit(struct iocb *iocb)
{
    return syscall(SYS_io_submit, context, 1L, &iocb);
}

static long get(long least, long most)
{
    return syscall(SYS_io_getevents, context, least, most, events, NULL);
}

static long get_now(void)
{
    struct timespec now = {0, 0};
    return syscall(SYS_io_getevents, context, 0L, 64L, events, &now);
}

static void *write_later(void *fd)
{
    const struct timespec moment = {0, 50000000};
    nanosleep(&moment, NULL);
    CHECK(write(*(int *)fd, "later", 5) == 5);
    return NULL;
}

/* ---- Polls ---- */

static void a_poll_waits_once(void)
{
    int ends[2];
    char byte;
    set_up(8);
    CHECK(pipe(ends) == 0);
    struct iocb read_end = poll_of(ends[0], POLLIN), write_end = poll_of(ends[1], POLLOUT);
    CHECK(submit(&read_end) == 1 && get_now() == 0);
    CHECK(submit(&write_end) == 1 && get_now() == 1);
    CHECK(events[0].obj == (unsigned long)&write_end && events[0].res == POLLOUT);
    CHECK(write(ends[1], "x", 1) == 1 && get(1, 8) == 1);
    CHECK(events[0].obj == (unsigned long)&read_end && (events[0].res & POLLIN));
    CHECK(write(ends[1], "x", 1) == 1 && get_now() == 0); // one shot
    CHECK(submit(&read_end) == 1 && get_now() == 1 && events[0].res == POLLIN);
    CHECK(read(ends[0], &byte, 1) == 1 && read(ends[0], &byte, 1) == 1);
    CHECK(submit(&read_end) == 1 && close(ends[1]) == 0 && get(1, 8) == 1);
    CHECK(events[0].res & POLLHUP);
}

static void a_poll_keeps_its_file(void)
{
    int ends[2];
    set_up(8);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    struct iocb iocb = poll_of(ends[0], POLLIN);
    CHECK(submit(&iocb) == 1 && close(ends[0]) == 0 && get_now() == 0);
    CHECK(write(ends[1], "x", 1) == 1 && get(1, 8) == 1 && (events[0].res & POLLIN));
}

static void files_are_always_ready(void)
{
    const int fd = open("/tmp", O_RDONLY | O_DIRECTORY), null = open("/dev/null", O_RDWR);
    struct iocb iocb = poll_of(fd, POLLIN);
    set_up(8);
    CHECK(submit(&iocb) == 1 && get(1, 8) == 1 && events[0].res == POLLIN);
    iocb = poll_of(null, POLLIN | POLLOUT);
    CHECK(submit(&iocb) == 1 && get(1, 8) == 1 && events[0].res == (POLLIN | POLLOUT));
}

static void a_poll_is_cancelled(void)
{
    int ends[2];
    set_up(8);
    CHECK(pipe(ends) == 0);
    struct iocb iocb = poll_of(ends[0], POLLIN), done = request(IOCB_CMD_PREAD, ends[0], NULL, 0);
    iocb.aio_data = 5;
    CHECK(submit(&iocb) == 1);
    FAILS(syscall(SYS_io_cancel, context, &done, &result), EINVAL);
    FAILS(syscall(SYS_io_cancel, context, bad_pointer, &result), EFAULT);
    FAILS(syscall(SYS_io_cancel, context + 8, &iocb, &result), EINVAL);
    iocb.aio_key = 1;
    FAILS(syscall(SYS_io_cancel, context, &iocb, &result), EINVAL);
    iocb.aio_key = 0;
    FAILS(syscall(SYS_io_cancel, context, &iocb, &result), EINPROGRESS);
    CHECK(get(1, 8) == 1 && events[0].obj == (unsigned long)&iocb);
    CHECK(events[0].data == 5 && events[0].res == 0);
    FAILS(syscall(SYS_io_cancel, context, &iocb, &result), EINVAL);
    CHECK(write(ends[1], "x", 1) == 1 && get_now() == 0);
}

static void *destroy_later(void *unused)
{
    const struct timespec moment = {0, 50000000};
    (void)unused;
    nanosleep(&moment, NULL);
    CHECK(syscall(SYS_io_destroy, context) == 0);
    return NULL;
}

static void a_context_ends_while_it_is_waited_for(void)
{
    int ends[2];
    char byte;
    pthread_t thread;
    set_up(8);
    CHECK(pipe(ends) == 0);
    struct iocb iocb = poll_of(ends[1], POLLERR); // keeps the pipe open for writing
    CHECK(submit(&iocb) == 1 && close(ends[1]) == 0);
    CHECK(pthread_create(&thread, NULL, destroy_later, NULL) == 0);
    FAILS(syscall(SYS_io_getevents, context, 1L, 1L, events, NULL), EINVAL);
    CHECK(pthread_join(thread, NULL) == 0 && read(ends[0], &byte, 1) == 0);
}

/* ---- Pipes and sockets ---- */

static void pipes_and_sockets_wait_for_data(void)
{
    for (int i = 0; i < 2; i++) {
        int ends[2];
        char text[8] = "";
        pthread_t thread;
        set_up(8);
        CHECK((i ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : pipe(ends)) == 0);
        struct iocb iocb = request(IOCB_CMD_PREAD, ends[0], text, 8);
        CHECK(pthread_create(&thread, NULL, write_later, &ends[1]) == 0);
        CHECK(submit(&iocb) == 1 && get(1, 1) == 1 && events[0].res == 5);
        CHECK(strcmp(text, "later") == 0 && pthread_join(thread, NULL) == 0);
        CHECK(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
        CHECK(submit(&iocb) == 1 && get(1, 1) == 1 && events[0].res == -EAGAIN);
        close(ends[1]);
        CHECK(submit(&iocb) == 1 && get(1, 1) == 1 && events[0].res == 0);
    }
}

static void a_signal_ends_the_wait_for_data(void)
{
    int ends[2];
    char byte;
    set_up(8);
    CHECK(pipe(ends) == 0);
    struct iocb iocb = request(IOCB_CMD_PREAD, ends[0], &byte, 1);
    interrupt_after(50, SA_RESTART);
    CHECK(submit(&iocb) == 1 && signals_seen > 0);
    alarm_after(0);
    CHECK(get_now() == 1 && events[0].res == -EINTR);
}

static void a_closed_pipe_raises_sigpipe(void)
{
    int ends[2];
    char byte = 0;
    set_up(8);
    catch_signal(SIGPIPE, 0);
    CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
    struct iocb iocb = request(IOCB_CMD_PWRITE, ends[1], &byte, 1);
    CHECK(submit(&iocb) == 1 && signals_seen == 1 && get(1, 1) == 1);
    CHECK(events[0].res == -EPIPE);
}

/* ---- Threads ---- */

static int shared_ends[2];
static unsigned reaped;

static void *submit_many(void *unused)
{
    char byte = 0;
    struct iocb write_one = request(IOCB_CMD_PWRITE, open("/dev/null", O_WRONLY), &byte, 1);
    struct iocb poll_one = poll_of(shared_ends[0], POLLIN), cancelled = poll_one;
    (void)unused;
    for (int i = 0; i < ROUNDS; i++) {
        struct iocb *list[] = {&write_one, &poll_one, &write_one, &cancelled};
        for (long done = 0; done < 4;) {
            const long more = syscall(SYS_io_submit, context, 4 - done, list + done);
            CHECK(more > 0 || (more == -1 && errno == EAGAIN));
            done += more > 0 ? more : 0;
        }
        syscall(SYS_io_cancel, context, &cancelled, &result);
        CHECK(write(shared_ends[1], "x", 1) == 1 && read(shared_ends[0], &byte, 1) == 1);
        syscall(SYS_io_cancel, context, &poll_one, &result);
    }
    return NULL;
}

static void *reap(void *unused)
{
    struct io_event taken[7];
    (void)unused;
    while (__atomic_load_n(&reaped, __ATOMIC_RELAXED) < 4 * THREADS * ROUNDS) {
        struct timespec limit = {0, 10000000};
        const long count = syscall(SYS_io_getevents, context, 1L, 7L, taken, &limit);
        CHECK(count >= 0 && count <= 7);
        __atomic_add_fetch(&reaped, (unsigned)count, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void threads_submit_and_reap_at_once(void)
{
    pthread_t threads[2 * THREADS];
    set_up(64);
    CHECK(pipe(shared_ends) == 0);
    for (int i = 0; i < 2 * THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, i % 2 ? reap : submit_many, NULL) == 0);
    for (int i = 0; i < 2 * THREADS; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(reaped == 4 * THREADS * ROUNDS && get_now() == 0);
    CHECK(syscall(SYS_io_destroy, context) == 0);
}

static const struct test_case cases[] = {
    CASE(a_poll_waits_once),
    CASE(a_poll_keeps_its_file),
    CASE(files_are_always_ready),
    CASE(a_poll_is_cancelled),
    CASE(a_context_ends_while_it_is_waited_for),
    CASE(pipes_and_sockets_wait_for_data),
    CASE(a_signal_ends_the_wait_for_data),
    CASE(a_closed_pipe_raises_sigpipe),
    CASE(threads_submit_and_reap_at_once),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
