/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* System V IPC by the manual: errors, limits and bounds that sysvipc.c leaves out. */
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
#include "limits.h"

#define SETTINGS "/proc/sys/kernel/"

static void *volatile nowhere = (void *)8;

union semun {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
};

struct text {
    long type;
    char text[16];
};

static void become_nobody(void)
{
    CHECK(setgid(65534) == 0 && setuid(65534) == 0);
}

static void ended_well(pid_t child)
{
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* What a setting was, for setting_restore(). */
static char setting_before[128];

static void setting_write(const char *path, const char *value)
{
    int fd = open(path, O_RDWR);
    memset(setting_before, 0, sizeof setting_before);
    CHECK(fd >= 0 && read(fd, setting_before, sizeof setting_before - 1) > 0);
    CHECK(pwrite(fd, value, strlen(value), 0) == (ssize_t)strlen(value) && close(fd) == 0);
}

static void setting_restore(const char *path)
{
    char before[sizeof setting_before];
    strcpy(before, setting_before);
    setting_write(path, before);
}

/* ---- Shared memory ---- */

static void segments_are_limited(void)
{
    setting_write(SETTINGS "shmmni", "1\n");
    int id = shmget(IPC_PRIVATE, 4096, 0600);
    CHECK(id >= 0);
    FAILS(shmget(IPC_PRIVATE, 4096, 0600), ENOSPC);
    setting_restore(SETTINGS "shmmni");
    CHECK(shmctl(id, IPC_RMID, NULL) == 0);
    setting_write(SETTINGS "shmall", "2\n");
    FAILS(shmget(IPC_PRIVATE, 3 * 4096, 0600), ENOSPC);
    setting_restore(SETTINGS "shmall");
    setting_write(SETTINGS "shmmax", "4096\n");
    FAILS(shmget(IPC_PRIVATE, 4097, 0600), EINVAL);
    id = shmget(IPC_PRIVATE, 4096, 0600);
    setting_restore(SETTINGS "shmmax");
    CHECK(id >= 0 && shmctl(id, IPC_RMID, NULL) == 0);
}

static void segments_need_files_and_rights(void)
{
    files_use_up();
    FAILS(shmget(IPC_PRIVATE, 4096, 0600), ENFILE);
    files_give_back();
    if (shmget(IPC_PRIVATE, 1 << 21, SHM_HUGETLB | 0600) == -1 && errno == ENOSYS)
        return; // a kernel that knows no other pages
    FAILS(shmget(IPC_PRIVATE, 1 << 21, SHM_HUGETLB | 0600), ENOMEM); // none are kept
    become_nobody();
    FAILS(shmget(IPC_PRIVATE, 1 << 21, SHM_HUGETLB | 0600), EPERM);
}

static void locked_segments_are_limited(void)
{
    int id = shmget(IPC_PRIVATE, 3 * 4096, 0666);
    CHECK(id >= 0);
    pid_t child = fork();
    if (child == 0) {
        limit(RLIMIT_MEMLOCK, 2 * 4096);
        become_nobody();
        int own = shmget(IPC_PRIVATE, 3 * 4096, 0600), small = shmget(IPC_PRIVATE, 2 * 4096, 0600);
        FAILS(shmctl(own, SHM_LOCK, NULL), ENOMEM);
        CHECK(shmctl(small, SHM_LOCK, NULL) == 0 && shmctl(small, SHM_LOCK, NULL) == 0);
        int more = shmget(IPC_PRIVATE, 1, 0600);
        FAILS(shmctl(more, SHM_LOCK, NULL), ENOMEM);
        CHECK(shmctl(small, SHM_UNLOCK, NULL) == 0 && shmctl(more, SHM_LOCK, NULL) == 0);
        FAILS(shmctl(id, SHM_LOCK, NULL), EPERM);
        limit(RLIMIT_MEMLOCK, 0);
        FAILS(shmctl(small, SHM_LOCK, NULL), EPERM);
        CHECK(shmctl(own, IPC_RMID, NULL) == 0 && shmctl(small, IPC_RMID, NULL) == 0);
        CHECK(shmctl(more, IPC_RMID, NULL) == 0);
        _exit(0);
    }
    ended_well(child);
    CHECK(shmctl(id, SHM_LOCK, NULL) == 0 && shmctl(id, IPC_RMID, NULL) == 0);
}

static void old_numbers_are_invalid(void)
{
    struct text text = {.type = 1};
    struct sembuf up = {0, 1, 0};
    int segment = shmget(IPC_PRIVATE, 4096, 0600), set = semget(IPC_PRIVATE, 1, 0600);
    int queue = msgget(IPC_PRIVATE, 0600);
    CHECK(shmctl(segment, IPC_RMID, NULL) == 0 && semctl(set, 0, IPC_RMID) == 0);
    CHECK(msgctl(queue, IPC_RMID, NULL) == 0);
    int segment_2 = shmget(IPC_PRIVATE, 4096, 0600), set_2 = semget(IPC_PRIVATE, 1, 0600);
    int queue_2 = msgget(IPC_PRIVATE, 0600);
    CHECK(segment_2 >= 0 && segment_2 != segment && set_2 != set && queue_2 != queue);
    FAILS((long)shmat(segment, NULL, 0), EINVAL);
    FAILS(shmctl(segment, IPC_RMID, NULL), EINVAL);
    FAILS(semop(set, &up, 1), EINVAL);
    FAILS(semctl(set, 0, GETVAL), EINVAL);
    FAILS(msgsnd(queue, &text, 1, 0), EINVAL);
    FAILS(msgrcv(queue, &text, 1, 0, IPC_NOWAIT), EINVAL);
    FAILS(msgctl(queue, IPC_RMID, NULL), EINVAL);
    CHECK(shmctl(segment_2, IPC_RMID, NULL) == 0 && semctl(set_2, 0, IPC_RMID) == 0);
    CHECK(msgctl(queue_2, IPC_RMID, NULL) == 0);
}

/* ---- Semaphores ---- */

static void sets_are_limited(void)
{
    setting_write(SETTINGS "sem", "2 3 500 1\n");
    FAILS(semget(IPC_PRIVATE, 3, 0600), EINVAL);
    int id = semget(IPC_PRIVATE, 2, 0600);
    CHECK(id >= 0);
    FAILS(semget(IPC_PRIVATE, 1, 0600), ENOSPC);
    setting_restore(SETTINGS "sem");
    CHECK(semctl(id, 0, IPC_RMID) == 0);
    setting_write(SETTINGS "sem", "32000 3 2 32000\n");
    id = semget(IPC_PRIVATE, 2, 0600);
    FAILS(semget(IPC_PRIVATE, 2, 0600), ENOSPC);
    struct sembuf three[3] = {{0, 1, 0}, {1, 1, 0}, {0, 1, 0}};
    FAILS(semop(id, three, 3), E2BIG);
    CHECK(semop(id, three, 2) == 0);
    setting_restore(SETTINGS "sem");
    CHECK(semctl(id, 0, IPC_RMID) == 0);
}

static void operations_check_their_arguments(void)
{
    static struct sembuf many[501];
    struct timespec soon = {0, 20000000}, bad = {0, -1};
    struct sembuf up = {0, 1, 0}, down = {0, -1, 0}, far = {1, 1, 0};
    int id = semget(IPC_PRIVATE, 1, 0600);
    FAILS(semop(id, &far, 1), EFBIG);
    FAILS(semtimedop(id, &far, 1, &soon), EFBIG);
    FAILS(semtimedop(id, many, 501, &soon), E2BIG);
    FAILS(semtimedop(id, nowhere, 1, &soon), EFAULT);
    FAILS(semtimedop(id, &down, 1, nowhere), EFAULT);
    FAILS(semtimedop(id, &down, 1, &bad), EINVAL);
    FAILS(semtimedop(-1, &down, 1, &soon), EINVAL);
    FAILS(semtimedop(id, &down, 0, &soon), EINVAL);
    FAILS(semtimedop(id, &down, 1, &soon), EAGAIN);
    CHECK(semtimedop(id, &up, 1, NULL) == 0 && semtimedop(id, &down, 1, &soon) == 0);
    CHECK(semctl(id, 0, SETVAL, (union semun){.val = 32767}) == 0);
    FAILS(semop(id, &up, 1), ERANGE);
    FAILS(semtimedop(id, &up, 1, &soon), ERANGE);
    FAILS(semctl(id, 0, IPC_STAT, (union semun){.buf = nowhere}), EFAULT);
    FAILS(semctl(id, 0, IPC_SET, (union semun){.buf = nowhere}), EFAULT);
    FAILS(semctl(id, 0, GETALL, (union semun){.array = nowhere}), EFAULT);
    FAILS(semctl(id, 0, SETALL, (union semun){.array = nowhere}), EFAULT);
    CHECK(semctl(id, 0, IPC_RMID) == 0);
}

static void operations_need_rights(void)
{
    struct sembuf up = {0, 1, 0}, zero = {0, 0, IPC_NOWAIT};
    struct timespec soon = {0, 20000000};
    struct semid_ds status;
    int id = semget(IPC_PRIVATE, 1, 0604);
    CHECK(id >= 0);
    pid_t child = fork();
    if (child == 0) {
        become_nobody();
        FAILS(semop(id, &up, 1), EACCES);
        FAILS(semtimedop(id, &up, 1, &soon), EACCES);
        CHECK(semop(id, &zero, 1) == 0); // reading is allowed
        FAILS(semctl(id, 0, SETVAL, (union semun){.val = 1}), EACCES);
        CHECK(semctl(id, 0, IPC_STAT, (union semun){.buf = &status}) == 0);
        FAILS(semctl(id, 0, IPC_SET, (union semun){.buf = &status}), EPERM);
        _exit(0);
    }
    ended_well(child);
    CHECK(semctl(id, 0, IPC_RMID) == 0);
}

static void operations_are_interrupted(void)
{
    struct sembuf down = {0, -1, 0};
    struct timespec minute = {60, 0};
    int id = semget(IPC_PRIVATE, 1, 0600);
    interrupt_after(30, SA_RESTART); // it does not restart
    FAILS(semop(id, &down, 1), EINTR);
    FAILS(semtimedop(id, &down, 1, &minute), EINTR);
    interrupt_after(0, 0);
    pid_t child = fork();
    if (child == 0) {
        FAILS(semtimedop(id, &down, 1, &minute), EIDRM);
        _exit(0);
    }
    while (semctl(id, 0, GETNCNT) != 1)
        usleep(1000);
    CHECK(semctl(id, 0, IPC_RMID) == 0);
    ended_well(child);
}

/* ---- Message queues ---- */

static void queues_are_limited(void)
{
    struct text text = {.type = 1};
    setting_write(SETTINGS "msgmni", "1\n");
    int id = msgget(IPC_PRIVATE, 0600);
    CHECK(id >= 0);
    FAILS(msgget(IPC_PRIVATE, 0600), ENOSPC);
    setting_restore(SETTINGS "msgmni");
    setting_write(SETTINGS "msgmax", "4\n");
    FAILS(msgsnd(id, &text, 5, 0), EINVAL);
    CHECK(msgsnd(id, &text, 4, 0) == 0);
    setting_restore(SETTINGS "msgmax");
    CHECK(msgctl(id, IPC_RMID, NULL) == 0);
    setting_write(SETTINGS "msgmnb", "6\n");
    id = msgget(IPC_PRIVATE, 0600);
    CHECK(msgsnd(id, &text, 4, IPC_NOWAIT) == 0);
    FAILS(msgsnd(id, &text, 4, IPC_NOWAIT), EAGAIN);
    setting_restore(SETTINGS "msgmnb");
    CHECK(msgctl(id, IPC_RMID, NULL) == 0);
}

static void messages_check_their_arguments(void)
{
    struct text text = {.type = 1};
    int id = msgget(IPC_PRIVATE, 0600);
    FAILS(msgsnd(id, nowhere, 1, 0), EFAULT);
    FAILS(msgsnd(id, &text, 8193, 0), EINVAL);
    FAILS(msgsnd(id, &text, (size_t)-1, 0), EINVAL);
    text.type = 0;
    FAILS(msgsnd(id, &text, 1, 0), EINVAL);
    text.type = LONG_MAX;
    CHECK(msgsnd(id, &text, 0, 0) == 0);
    FAILS(msgrcv(id, &text, (size_t)-1, 0, 0), EINVAL);
    FAILS(msgrcv(id, &text, 1, 0, MSG_COPY), EINVAL);
    FAILS(msgrcv(id, &text, 1, 5, IPC_NOWAIT), ENOMSG);
    FAILS(msgrcv(id, nowhere, 1, 0, 0), EFAULT);
    FAILS(msgrcv(id, &text, 1, 0, IPC_NOWAIT), ENOMSG); // that one was lost
    FAILS(msgctl(id, IPC_STAT, nowhere), EFAULT);
    FAILS(msgctl(id, IPC_SET, nowhere), EFAULT);
    FAILS(msgctl(id, 77, NULL), EINVAL);
    CHECK(msgctl(id, IPC_RMID, NULL) == 0);
}

static void queues_need_rights(void)
{
    struct text text = {.type = 1};
    struct msqid_ds status;
    int id = msgget(0x5ee9, IPC_CREAT | 0600);
    CHECK(id >= 0 && msgctl(id, IPC_STAT, &status) == 0);
    pid_t child = fork();
    if (child == 0) {
        become_nobody();
        FAILS(msgget(0x5ee9, 0400), EACCES);
        FAILS(msgsnd(id, &text, 1, 0), EACCES);
        FAILS(msgrcv(id, &text, 1, 0, 0), EACCES);
        FAILS(msgctl(id, IPC_STAT, &status), EACCES);
        FAILS(msgctl(id, IPC_SET, &status), EPERM);
        FAILS(msgctl(id, IPC_RMID, NULL), EPERM);
        _exit(0);
    }
    ended_well(child);
    status.msg_qbytes = 5;
    CHECK(msgctl(id, IPC_SET, &status) == 0 && msgctl(id, IPC_STAT, &status) == 0);
    CHECK(status.msg_qbytes == 5 && msgctl(id, IPC_RMID, NULL) == 0);
}

static void senders_learn_of_removal(void)
{
    static struct {
        long type;
        char text[8192];
    } large = {.type = 1};
    int id = msgget(IPC_PRIVATE, 0600);
    CHECK(msgsnd(id, &large, 8192, 0) == 0 && msgsnd(id, &large, 8192, 0) == 0);
    interrupt_after(30, SA_RESTART); // it does not restart
    FAILS(msgsnd(id, &large, 1, 0), EINTR);
    interrupt_after(0, 0);
    pid_t child = fork();
    if (child == 0) {
        FAILS(msgsnd(id, &large, 1, 0), EIDRM);
        _exit(0);
    }
    usleep(50000);
    CHECK(msgctl(id, IPC_RMID, NULL) == 0);
    ended_well(child);
}

/* ---- /proc/sysvipc ---- */

/* The line that begins with @key; 0: there is none. */
static int find_line(const char *path, long key, char *line, size_t bytes)
{
    FILE *file = fopen(path, "r");
    CHECK(file && fgets(line, (int)bytes, file)); // the headings
    int found = 0;
    while (!found && fgets(line, (int)bytes, file))
        found = strtol(line, NULL, 10) == key;
    fclose(file);
    return found;
}

static void proc_shows_objects(void)
{
    char line[256];
    long key, id, mode, value;
    int segment = shmget(0x5eea, 5000, IPC_CREAT | 0640);
    int set = semget(0x5eeb, 3, IPC_CREAT | 0600), queue = msgget(0x5eec, IPC_CREAT | 0604);
    struct text text = {.type = 1};
    CHECK(msgsnd(queue, &text, 7, 0) == 0);
    CHECK(find_line("/proc/sysvipc/shm", 0x5eea, line, sizeof line));
    CHECK(sscanf(line, "%ld %ld %lo %ld", &key, &id, &mode, &value) == 4);
    CHECK(id == segment && mode == 0640 && value == 5000);
    CHECK(find_line("/proc/sysvipc/sem", 0x5eeb, line, sizeof line));
    CHECK(sscanf(line, "%ld %ld %lo %ld", &key, &id, &mode, &value) == 4);
    CHECK(id == set && mode == 0600 && value == 3);
    CHECK(find_line("/proc/sysvipc/msg", 0x5eec, line, sizeof line));
    CHECK(sscanf(line, "%ld %ld %lo %ld", &key, &id, &mode, &value) == 4);
    CHECK(id == queue && mode == 0604 && value == 7);
    CHECK(shmctl(segment, IPC_RMID, NULL) == 0 && semctl(set, 0, IPC_RMID) == 0);
    CHECK(msgctl(queue, IPC_RMID, NULL) == 0);
    CHECK(!find_line("/proc/sysvipc/msg", 0x5eec, line, sizeof line));
}

int main(void)
{
    static const struct test_case cases[] = {
        CASE(segments_are_limited),
        CASE(segments_need_files_and_rights),
        CASE(locked_segments_are_limited),
        CASE(old_numbers_are_invalid),
        CASE(sets_are_limited),
        CASE(operations_check_their_arguments),
        CASE(operations_need_rights),
        CASE(operations_are_interrupted),
        CASE(queues_are_limited),
        CASE(messages_check_their_arguments),
        CASE(queues_need_rights),
        CASE(senders_learn_of_removal),
        CASE(proc_shows_objects),
    };
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
