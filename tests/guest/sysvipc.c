/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* System V shared memory, semaphores and message queues. */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>

#include "check.h"
#include "interrupts.h"

static void *volatile nowhere = (void *)8;

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static void become_nobody(void)
{
    CHECK(setgid(65534) == 0 && setuid(65534) == 0);
}

static void ended_well(pid_t child)
{
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* ---- Shared memory ---- */

static void segments_are_found_by_key(void)
{
    const key_t key = 0x5ee1;
    FAILS(shmget(key, 4096, 0), ENOENT);
    FAILS(shmget(IPC_PRIVATE, 0, IPC_CREAT | 0600), EINVAL);
    int id = shmget(key, 5000, IPC_CREAT | IPC_EXCL | 0600);
    CHECK(id >= 0 && shmget(key, 5000, 0) == id && shmget(key, 0, IPC_CREAT) == id);
    FAILS(shmget(key, 5000, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
    FAILS(shmget(key, 5001, 0), EINVAL);
    pid_t child = fork();
    if (child == 0) {
        become_nobody();
        FAILS(shmget(key, 4096, 0600), EACCES);
        FAILS((long)shmat(id, NULL, 0), EACCES);
        FAILS(shmctl(id, IPC_RMID, NULL), EPERM);
        struct shmid_ds status;
        FAILS(shmctl(id, IPC_STAT, &status), EACCES);
        _exit(0);
    }
    ended_well(child);
    CHECK(shmctl(id, IPC_RMID, NULL) == 0);
    FAILS(shmget(key, 4096, 0), ENOENT);
    FAILS(shmctl(id, IPC_RMID, NULL), EINVAL);
    FAILS((long)shmat(id, NULL, 0), EINVAL);
}

static void segments_are_shared(void)
{
    struct shmid_ds status;
    int id = shmget(IPC_PRIVATE, 5000, 0600);
    char *at = shmat(id, NULL, 0), *view = shmat(id, NULL, SHM_RDONLY);
    CHECK(at != (void *)-1 && view != (void *)-1 && at != view);
    strcpy(at + 4096, "hello");
    CHECK(strcmp(view + 4096, "hello") == 0);
    CHECK(shmctl(id, IPC_STAT, &status) == 0 && status.shm_nattch == 2 &&
          status.shm_segsz == 5000 && status.shm_cpid == getpid() && status.shm_lpid == getpid() &&
          (status.shm_perm.mode & 0777) == 0600 && status.shm_atime != 0 && status.shm_dtime == 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(shmctl(id, IPC_STAT, &status) == 0 && status.shm_nattch == 4);
        strcpy(at, "child");
        CHECK(shmdt(at) == 0);
        FAILS(shmdt(at), EINVAL);
        _exit(0);
    }
    ended_well(child);
    CHECK(strcmp(view, "child") == 0);
    CHECK(shmctl(id, IPC_RMID, NULL) == 0); // stays until the last one lets go
    CHECK(shmctl(id, IPC_STAT, &status) == 0 && status.shm_nattch == 2);
    CHECK(strcmp(view, "child") == 0 && shmdt(at) == 0 && shmdt(view) == 0);
    FAILS(shmctl(id, IPC_STAT, &status), EINVAL);
}

static void attaching_checks_addresses(void)
{
    int id = shmget(IPC_PRIVATE, 8192, 0600);
    struct shmid_ds status;
    char *at = shmat(id, NULL, 0);
    FAILS((long)shmat(id, at + 100, 0), EINVAL);
    FAILS((long)shmat(id, at, 0), EINVAL);
    FAILS((long)shmat(id, NULL, SHM_REMAP), EINVAL);
    CHECK(shmat(id, at + 100, SHM_RND | SHM_REMAP) == at);
    FAILS(shmdt(at + 4096), EINVAL);
    FAILS(shmdt(at + 1), EINVAL);
    CHECK(shmdt(at) == 0);
    CHECK(shmat(id, at, 0) == at && shmdt(at) == 0);
    FAILS(shmctl(id, IPC_STAT, nowhere), EFAULT);
    FAILS(shmctl(id, 77, &status), EINVAL);
    FAILS(shmctl(-1, IPC_STAT, &status), EINVAL);
    CHECK(shmctl(id, IPC_STAT, &status) == 0);
    status.shm_perm.mode = 0644;
    CHECK(shmctl(id, IPC_SET, &status) == 0 && shmctl(id, IPC_STAT, &status) == 0);
    CHECK((status.shm_perm.mode & 0777) == 0644);
    CHECK(shmctl(id, SHM_LOCK, NULL) == 0 && shmctl(id, IPC_STAT, &status) == 0);
    CHECK(status.shm_perm.mode & SHM_LOCKED);
    CHECK(shmctl(id, SHM_UNLOCK, NULL) == 0 && shmctl(id, IPC_RMID, NULL) == 0);
    struct shminfo info;
    CHECK(shmctl(0, IPC_INFO, (void *)&info) >= 0 && info.shmmni == 4096 && info.shmmin == 1);
}

/* ---- Semaphores ---- */

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

static int operate(int id, unsigned short number, short change, short flags)
{
    struct sembuf operation = {number, change, flags};
    return semop(id, &operation, 1);
}

static void sets_check_their_arguments(void)
{
    static struct sembuf many[501];
    struct sembuf one = {0, 1, 0};
    const key_t key = 0x5ee2;
    FAILS(semget(key, 1, 0), ENOENT);
    FAILS(semget(IPC_PRIVATE, -1, 0600), EINVAL);
    FAILS(semget(IPC_PRIVATE, 32001, 0600), EINVAL);
    FAILS(semget(IPC_PRIVATE, 0, 0600), EINVAL);
    int id = semget(key, 3, IPC_CREAT | 0600);
    CHECK(id >= 0 && semget(key, 0, 0) == id);
    FAILS(semget(key, 4, 0), EINVAL);
    FAILS(semget(key, 3, IPC_CREAT | IPC_EXCL), EEXIST);
    FAILS(semop(-1, &one, 1), EINVAL);
    FAILS(semop(id, &one, 0), EINVAL);
    FAILS(semop(id, many, 501), E2BIG);
    FAILS(semop(id, nowhere, 1), EFAULT);
    FAILS(operate(id, 3, 1, 0), EFBIG);
    FAILS(operate(id, 0, -1, IPC_NOWAIT), EAGAIN);
    CHECK(semctl(id, 0, SETVAL, (union semun){.val = 32767}) == 0);
    FAILS(operate(id, 0, 1, 0), ERANGE);
    FAILS(semctl(id, 0, SETVAL, (union semun){.val = 32768}), ERANGE);
    FAILS(semctl(id, 0, SETVAL, (union semun){.val = -1}), ERANGE);
    FAILS(semctl(id, 3, GETVAL), EINVAL);
    FAILS(semctl(id, 0, 77), EINVAL);
    pid_t child = fork();
    if (child == 0) {
        become_nobody();
        FAILS(semget(key, 1, 0600), EACCES);
        FAILS(operate(id, 0, 1, 0), EACCES);
        FAILS(semctl(id, 0, GETVAL), EACCES);
        FAILS(semctl(id, 0, IPC_RMID), EPERM);
        _exit(0);
    }
    ended_well(child);
    CHECK(semctl(id, 0, IPC_RMID) == 0);
    FAILS(operate(id, 0, 1, 0), EINVAL);
}

static void values_are_set_and_read(void)
{
    unsigned short values[3] = {5, 6, 7};
    struct semid_ds status;
    int id = semget(IPC_PRIVATE, 3, 0600);
    CHECK(semctl(id, 0, SETALL, (union semun){.array = values}) == 0);
    memset(values, 0, sizeof values);
    CHECK(semctl(id, 0, GETALL, (union semun){.array = values}) == 0);
    CHECK(values[0] == 5 && values[1] == 6 && values[2] == 7 && semctl(id, 2, GETVAL) == 7);
    CHECK(semctl(id, 1, GETPID) == getpid());
    CHECK(semctl(id, 0, IPC_STAT, (union semun){.buf = &status}) == 0 && status.sem_nsems == 3 &&
          status.sem_otime == 0 && status.sem_ctime != 0);
    struct sembuf both[2] = {{0, -5, 0}, {1, -7, IPC_NOWAIT}};
    FAILS(semop(id, both, 2), EAGAIN); // all or nothing
    CHECK(semctl(id, 0, GETVAL) == 5);
    both[1].sem_op = -6;
    CHECK(semop(id, both, 2) == 0 && semctl(id, 0, GETVAL) == 0 && semctl(id, 1, GETVAL) == 0);
    CHECK(operate(id, 0, 0, 0) == 0);
    FAILS(operate(id, 2, 0, IPC_NOWAIT), EAGAIN);
    CHECK(semctl(id, 0, IPC_RMID) == 0);
}

static void waiting_ends_by_value_time_signal_or_removal(void)
{
    int id = semget(IPC_PRIVATE, 1, 0600);
    struct sembuf down = {0, -1, 0};
    struct timespec time = {0, 50000000}, bad = {0, 1000000000};
    FAILS(semtimedop(id, &down, 1, &time), EAGAIN);
    FAILS(semtimedop(id, &down, 1, &bad), EINVAL);
    interrupt_after(50, SA_RESTART); // it does not restart
    FAILS(semop(id, &down, 1), EINTR);
    interrupt_after(0, 0);
    pid_t child = fork();
    if (child == 0) {
        while (semctl(id, 0, GETNCNT) != 1)
            sleep_ms(5);
        CHECK(semctl(id, 0, GETZCNT) == 0 && operate(id, 0, 1, 0) == 0);
        _exit(0);
    }
    CHECK(semop(id, &down, 1) == 0);
    ended_well(child);
    child = fork();
    if (child == 0) {
        while (semctl(id, 0, GETNCNT) != 1)
            sleep_ms(5);
        CHECK(semctl(id, 0, IPC_RMID) == 0);
        _exit(0);
    }
    FAILS(semop(id, &down, 1), EIDRM);
    ended_well(child);
}

static void the_end_of_a_process_undoes(void)
{
    int id = semget(IPC_PRIVATE, 2, 0600);
    CHECK(semctl(id, 0, SETVAL, (union semun){.val = 3}) == 0);
    pid_t child = fork();
    if (child == 0) {
        CHECK(operate(id, 0, -2, SEM_UNDO) == 0 && operate(id, 1, 4, SEM_UNDO) == 0);
        CHECK(operate(id, 1, -1, 0) == 0 && semctl(id, 0, GETVAL) == 1);
        _exit(0);
    }
    ended_well(child);
    CHECK(semctl(id, 0, GETVAL) == 3 && semctl(id, 1, GETVAL) == 0 &&
          semctl(id, 0, GETPID) == child);
    CHECK(semctl(id, 0, IPC_RMID) == 0);
}

/* ---- Messages ---- */

struct text {
    long type;
    char text[64];
};

static int put(int id, long type, const char *words)
{
    struct text text = {.type = type};
    strcpy(text.text, words);
    return msgsnd(id, &text, strlen(words) + 1, IPC_NOWAIT);
}

static const char *get(int id, long type, int flags)
{
    static struct text text;
    return msgrcv(id, &text, sizeof text.text, type, flags | IPC_NOWAIT) >= 0 ? text.text : "";
}

static void queues_check_their_arguments(void)
{
    struct text text = {.type = 1};
    const key_t key = 0x5ee3;
    FAILS(msgget(key, 0), ENOENT);
    int id = msgget(key, IPC_CREAT | 0600);
    CHECK(id >= 0 && msgget(key, 0) == id);
    FAILS(msgget(key, IPC_CREAT | IPC_EXCL), EEXIST);
    FAILS(msgsnd(-1, &text, 1, 0), EINVAL);
    FAILS(msgsnd(id, &text, 8193, 0), EINVAL);
    FAILS(msgsnd(id, nowhere, 1, 0), EFAULT);
    text.type = 0;
    FAILS(msgsnd(id, &text, 1, 0), EINVAL);
    FAILS(msgrcv(id, &text, 1, 0, IPC_NOWAIT), ENOMSG);
    FAILS(msgrcv(id, &text, 1, 0, MSG_COPY), EINVAL);
    FAILS(msgrcv(-1, &text, 1, 0, IPC_NOWAIT), EINVAL);
    FAILS(msgctl(id, 77, NULL), EINVAL);
    FAILS(msgctl(id, IPC_STAT, nowhere), EFAULT);
    pid_t child = fork();
    if (child == 0) {
        become_nobody();
        text.type = 1;
        FAILS(msgget(key, 0600), EACCES);
        FAILS(msgsnd(id, &text, 1, 0), EACCES);
        FAILS(msgrcv(id, &text, 1, 0, IPC_NOWAIT), EACCES);
        FAILS(msgctl(id, IPC_RMID, NULL), EPERM);
        _exit(0);
    }
    ended_well(child);
    CHECK(msgctl(id, IPC_RMID, NULL) == 0);
    FAILS(msgctl(id, IPC_RMID, NULL), EINVAL);
}

static void messages_are_chosen_by_type(void)
{
    struct msqid_ds status;
    struct text text;
    int id = msgget(IPC_PRIVATE, 0600);
    CHECK(put(id, 3, "three") == 0 && put(id, 1, "one") == 0 && put(id, 2, "two") == 0 &&
          put(id, 3, "again") == 0);
    CHECK(msgctl(id, IPC_STAT, &status) == 0 && status.msg_qnum == 4 &&
          status.msg_lspid == getpid() && status.msg_qbytes == 16384);
    CHECK(!strcmp(get(id, 2, 0), "two") && !strcmp(get(id, -3, 0), "one"));
    CHECK(!strcmp(get(id, 3, MSG_EXCEPT), "") && !strcmp(get(id, 0, 0), "three"));
    FAILS(msgrcv(id, &text, 2, 0, IPC_NOWAIT), E2BIG);
    CHECK(msgrcv(id, &text, 2, 0, IPC_NOWAIT | MSG_NOERROR) == 2 && !strncmp(text.text, "ag", 2));
    CHECK(msgctl(id, IPC_STAT, &status) == 0 && status.msg_qnum == 0);
    CHECK(msgctl(id, IPC_RMID, NULL) == 0);
}

static void queues_fill_and_wait(void)
{
    static struct {
        long type;
        char data[8192];
    } large = {.type = 1};
    struct text text;
    int id = msgget(IPC_PRIVATE, 0600);
    CHECK(msgsnd(id, &large, 8192, IPC_NOWAIT) == 0 && msgsnd(id, &large, 8192, IPC_NOWAIT) == 0);
    FAILS(msgsnd(id, &large, 1, IPC_NOWAIT), EAGAIN);
    interrupt_after(50, SA_RESTART);
    FAILS(msgsnd(id, &large, 1, 0), EINTR);
    interrupt_after(0, 0);
    pid_t child = fork();
    if (child == 0) {
        sleep_ms(40);
        CHECK(msgrcv(id, &large, 8192, 0, 0) == 8192);
        _exit(0);
    }
    CHECK(msgsnd(id, &large, 5, 0) == 0);
    ended_well(child);
    CHECK(msgrcv(id, &large, 8192, 0, 0) == 8192 && msgrcv(id, &large, 8192, 0, 0) == 5);
    interrupt_after(50, SA_RESTART);
    FAILS(msgrcv(id, &text, 1, 0, 0), EINTR);
    interrupt_after(0, 0);
    child = fork();
    if (child == 0) {
        sleep_ms(40);
        CHECK(msgctl(id, IPC_RMID, NULL) == 0);
        _exit(0);
    }
    FAILS(msgrcv(id, &text, 1, 0, 0), EIDRM);
    ended_well(child);
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(segments_are_found_by_key),   CASE(segments_are_shared),
        CASE(attaching_checks_addresses),  CASE(sets_check_their_arguments),
        CASE(values_are_set_and_read),     CASE(waiting_ends_by_value_time_signal_or_removal),
        CASE(the_end_of_a_process_undoes), CASE(queues_check_their_arguments),
        CASE(messages_are_chosen_by_type), CASE(queues_fill_and_wait),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
