/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The calls about user and group ids, capabilities, process groups and sessions: what they change,
 * and each way they fail. */
#define _GNU_SOURCE
#include <grp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>

#include "limits.h"

enum { SOMEBODY = 1234, ANOTHER = 4321, GROUP = 77, NOBODY = 2000000 };

static void *volatile nowhere = (void *)8;
static const char *self; // this program's path

/* From now on without any privilege. */
static void become(uid_t uid, gid_t gid)
{
    CHECK(setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0);
    CHECK(setresuid(uid, uid, uid) == 0);
}

static int uids_are(uid_t real, uid_t effective, uid_t saved)
{
    uid_t r, e, s;
    return getresuid(&r, &e, &s) == 0 && r == real && e == effective && s == saved &&
           getuid() == real && geteuid() == effective;
}

static int gids_are(gid_t real, gid_t effective, gid_t saved)
{
    gid_t r, e, s;
    return getresgid(&r, &e, &s) == 0 && r == real && e == effective && s == saved &&
           getgid() == real && getegid() == effective;
}

static void ids_are_told_where_they_can_be(void)
{
    uid_t id;
    CHECK(uids_are(0, 0, 0) && gids_are(0, 0, 0));
    FAILS(syscall(SYS_getresuid, nowhere, &id, &id), EFAULT);
    FAILS(syscall(SYS_getresuid, &id, nowhere, &id), EFAULT);
    FAILS(syscall(SYS_getresuid, &id, &id, nowhere), EFAULT);
    FAILS(syscall(SYS_getresgid, nowhere, &id, &id), EFAULT);
    FAILS(syscall(SYS_getresgid, &id, nowhere, &id), EFAULT);
    FAILS(syscall(SYS_getresgid, &id, &id, nowhere), EFAULT);
    CHECK(syscall(SYS_getuid) == 0 && syscall(SYS_geteuid) == 0 && syscall(SYS_getgid) == 0 &&
          syscall(SYS_getegid) == 0);
}

static void root_sets_all_three_user_ids(void)
{
    CHECK(setuid(SOMEBODY) == 0 && uids_are(SOMEBODY, SOMEBODY, SOMEBODY));
    CHECK(setuid(SOMEBODY) == 0);
    FAILS(setuid(0), EPERM);
    FAILS(setuid(ANOTHER), EPERM);
    FAILS(setuid((uid_t)-1), EINVAL);
}

static void root_sets_all_three_group_ids(void)
{
    CHECK(setgid(GROUP) == 0 && gids_are(GROUP, GROUP, GROUP));
    CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0 && setgid(GROUP) == 0);
    FAILS(setgid(0), EPERM);
    FAILS(setgid((gid_t)-1), EINVAL);
}

static void others_choose_among_their_own_ids(void)
{
    CHECK(setresuid(SOMEBODY, ANOTHER, NOBODY) == 0);
    FAILS(setuid(ANOTHER), EPERM); // neither the real nor the saved one
    CHECK(setuid(NOBODY) == 0 && uids_are(SOMEBODY, NOBODY, NOBODY));
    CHECK(setuid(SOMEBODY) == 0 && uids_are(SOMEBODY, SOMEBODY, NOBODY));
}

static void setreuid_swaps(void)
{
    CHECK(setreuid(SOMEBODY, ANOTHER) == 0 && uids_are(SOMEBODY, ANOTHER, ANOTHER));
    CHECK(setreuid(ANOTHER, SOMEBODY) == 0 && uids_are(ANOTHER, SOMEBODY, SOMEBODY));
    CHECK(setreuid((uid_t)-1, ANOTHER) == 0 && uids_are(ANOTHER, ANOTHER, SOMEBODY));
    CHECK(setreuid((uid_t)-1, (uid_t)-1) == 0 && uids_are(ANOTHER, ANOTHER, SOMEBODY));
    CHECK(setreuid((uid_t)-1, SOMEBODY) == 0); // the saved one
    FAILS(setreuid(NOBODY, (uid_t)-1), EPERM);
    FAILS(setreuid((uid_t)-1, NOBODY), EPERM);
    FAILS(setreuid(0, 0), EPERM);
}

static void setregid_swaps(void)
{
    CHECK(setregid(SOMEBODY, ANOTHER) == 0 && gids_are(SOMEBODY, ANOTHER, ANOTHER));
    CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
    CHECK(setregid(ANOTHER, SOMEBODY) == 0 && gids_are(ANOTHER, SOMEBODY, SOMEBODY));
    CHECK(setregid((gid_t)-1, ANOTHER) == 0 && gids_are(ANOTHER, ANOTHER, SOMEBODY));
    FAILS(setregid(GROUP, (gid_t)-1), EPERM);
    FAILS(setregid((gid_t)-1, GROUP), EPERM);
}

static void setresuid_gives_each_of_the_three(void)
{
    CHECK(setresuid(SOMEBODY, ANOTHER, NOBODY) == 0 && uids_are(SOMEBODY, ANOTHER, NOBODY));
    CHECK(setresuid((uid_t)-1, NOBODY, (uid_t)-1) == 0 && uids_are(SOMEBODY, NOBODY, NOBODY));
    CHECK(setresuid(NOBODY, SOMEBODY, SOMEBODY) == 0 && uids_are(NOBODY, SOMEBODY, SOMEBODY));
    FAILS(setresuid(0, (uid_t)-1, (uid_t)-1), EPERM);
    FAILS(setresuid((uid_t)-1, ANOTHER, (uid_t)-1), EPERM);
    FAILS(setresuid((uid_t)-1, (uid_t)-1, ANOTHER), EPERM);
    CHECK(uids_are(NOBODY, SOMEBODY, SOMEBODY));
}

static void setresgid_gives_each_of_the_three(void)
{
    CHECK(setresgid(SOMEBODY, ANOTHER, NOBODY) == 0 && gids_are(SOMEBODY, ANOTHER, NOBODY));
    CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
    CHECK(setresgid((gid_t)-1, NOBODY, (gid_t)-1) == 0 && gids_are(SOMEBODY, NOBODY, NOBODY));
    FAILS(setresgid(0, (gid_t)-1, (gid_t)-1), EPERM);
    FAILS(setresgid((gid_t)-1, GROUP, (gid_t)-1), EPERM);
    FAILS(setresgid((gid_t)-1, (gid_t)-1, GROUP), EPERM);
}

/* These two never fail: they tell the id from before. */
static void ids_for_files_are_their_own(void)
{
    CHECK(setfsuid(SOMEBODY) == 0 && setfsuid((uid_t)-1) == SOMEBODY && geteuid() == 0);
    CHECK(setfsgid(GROUP) == 0 && setfsgid((gid_t)-1) == GROUP && getegid() == 0);
    become(SOMEBODY, GROUP);
    CHECK(setfsuid(0) == SOMEBODY && setfsuid(SOMEBODY) == SOMEBODY);
    CHECK(setfsgid(0) == GROUP && setfsgid(GROUP) == GROUP);
}

static void groups_are_kept_in_order(void)
{
    gid_t given[] = {30, 10, 20}, told[4];
    CHECK(setgroups(3, given) == 0 && getgroups(0, NULL) == 3);
    CHECK(getgroups(4, told) == 3 && told[0] == 10 && told[1] == 20 && told[2] == 30);
    FAILS(getgroups(2, told), EINVAL);
    FAILS(syscall(SYS_getgroups, -1, told), EINVAL);
    FAILS(getgroups(3, nowhere), EFAULT);
    CHECK(setgroups(0, NULL) == 0 && getgroups(4, told) == 0);
}

static void groups_have_limits(void)
{
    static gid_t many[65537];
    gid_t none = (gid_t)-1;
    CHECK(setgroups(65536, many) == 0 && getgroups(0, NULL) == 65536);
    FAILS(setgroups(65537, many), EINVAL);
    FAILS(setgroups(1, &none), EINVAL);
    FAILS(setgroups(2, nowhere), EFAULT);
    become(SOMEBODY, GROUP);
    FAILS(setgroups(1, many), EPERM);
    FAILS(setgroups(0, NULL), EPERM);
}

/* ---- Capabilities ---- */

struct capabilities {
    struct __user_cap_header_struct header;
    struct __user_cap_data_struct data[2];
};

static struct capabilities own_capabilities(void)
{
    struct capabilities own = {.header = {_LINUX_CAPABILITY_VERSION_3, 0}};
    CHECK(syscall(SYS_capget, &own.header, own.data) == 0);
    return own;
}

static void capabilities_are_told(void)
{
    struct capabilities own = own_capabilities();
    CHECK(own.data[0].effective == 0xffffffff && own.data[0].permitted == 0xffffffff);
    CHECK(own.data[0].inheritable == 0);
    own.header.pid = getppid();
    CHECK(syscall(SYS_capget, &own.header, own.data) == 0);
    own.header.pid = NOBODY;
    FAILS(syscall(SYS_capget, &own.header, own.data), ESRCH);
    own.header.pid = -1;
    FAILS(syscall(SYS_capget, &own.header, own.data), EINVAL);
    own.header.pid = 0;
    FAILS(syscall(SYS_capget, &own.header, nowhere), EFAULT);
    FAILS(syscall(SYS_capget, nowhere, own.data), EFAULT);
    FAILS(syscall(SYS_capget, NULL, own.data), EFAULT);
}

static void versions_of_capabilities_are_told(void)
{
    struct capabilities own = {.header = {0x12345678, 0}};
    FAILS(syscall(SYS_capget, &own.header, own.data), EINVAL);
    CHECK(own.header.version == _LINUX_CAPABILITY_VERSION_3);
    own.header.version = 1;
    CHECK(syscall(SYS_capget, &own.header, NULL) == 0); // asks for the version only
    CHECK(own.header.version == _LINUX_CAPABILITY_VERSION_3);
    own.header.version = _LINUX_CAPABILITY_VERSION_1;
    own.data[1].effective = 99;
    CHECK(syscall(SYS_capget, &own.header, own.data) == 0 && own.data[1].effective == 99);
    own.header.version = 7;
    FAILS(syscall(SYS_capset, &own.header, own.data), EINVAL);
}

static void capabilities_only_become_fewer(void)
{
    struct capabilities own = own_capabilities();
    own.data[0].effective &= ~(1u << CAP_KILL);
    CHECK(syscall(SYS_capset, &own.header, own.data) == 0);
    own.data[0].effective |= 1u << CAP_KILL;
    CHECK(syscall(SYS_capset, &own.header, own.data) == 0); // it is still permitted
    own.data[0].effective &= ~(1u << CAP_KILL);
    own.data[0].permitted &= ~(1u << CAP_KILL);
    CHECK(syscall(SYS_capset, &own.header, own.data) == 0);
    own.data[0].permitted |= 1u << CAP_KILL;
    FAILS(syscall(SYS_capset, &own.header, own.data), EPERM);
    own.data[0].permitted &= ~(1u << CAP_KILL);
    own.data[0].effective |= 1u << CAP_KILL;
    FAILS(syscall(SYS_capset, &own.header, own.data), EPERM);
}

static void inheritable_ones_have_bounds(void)
{
    struct capabilities own = own_capabilities();
    CHECK(prctl(PR_CAPBSET_DROP, CAP_CHOWN) == 0 && prctl(PR_CAPBSET_READ, CAP_CHOWN) == 0);
    own.data[0].inheritable = 1u << CAP_CHOWN;
    FAILS(syscall(SYS_capset, &own.header, own.data), EPERM); // out of bounds
    own.data[0].inheritable = 0;
    own.data[0].effective = own.data[0].permitted = 1u << CAP_KILL;
    CHECK(syscall(SYS_capset, &own.header, own.data) == 0);
    own.data[0].inheritable = 1u << CAP_KILL;
    CHECK(syscall(SYS_capset, &own.header, own.data) == 0);
    own.data[0].inheritable = 1u << CAP_FOWNER; // not permitted, and CAP_SETPCAP is gone
    FAILS(syscall(SYS_capset, &own.header, own.data), EPERM);
}

static void nobody_changes_those_of_others(void)
{
    struct capabilities own = own_capabilities();
    own.header.pid = getpid();
    CHECK(syscall(SYS_capset, &own.header, own.data) == 0);
    own.header.pid = getppid();
    FAILS(syscall(SYS_capset, &own.header, own.data), EPERM);
    own.header.pid = NOBODY;
    FAILS(syscall(SYS_capset, &own.header, own.data), EPERM);
    own.header.pid = 0;
    FAILS(syscall(SYS_capset, &own.header, nowhere), EFAULT);
    FAILS(syscall(SYS_capset, nowhere, own.data), EFAULT);
}

static void user_ids_take_capabilities_along(void)
{
    CHECK(seteuid(SOMEBODY) == 0 && own_capabilities().data[0].effective == 0 &&
          own_capabilities().data[0].permitted != 0);
    CHECK(seteuid(0) == 0 && own_capabilities().data[0].effective == 0xffffffff);
    setfsuid(SOMEBODY);
    CHECK(!(own_capabilities().data[0].effective & (1u << CAP_CHOWN)));
    setfsuid(0);
    CHECK(own_capabilities().data[0].effective & (1u << CAP_CHOWN));
    CHECK(prctl(PR_SET_KEEPCAPS, 1) == 0 && setuid(SOMEBODY) == 0);
    CHECK(own_capabilities().data[0].effective == 0 && own_capabilities().data[0].permitted != 0);
}

/* ---- Groups and sessions ---- */

/* A child that waits to be killed, once it has said that it is there. */
static pid_t child_that(void (*does)(void))
{
    int ends[2];
    char byte;
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        does();
        write(ends[1], "", 1);
        for (;;)
            pause();
    }
    close(ends[1]);
    CHECK(child > 0 && read(ends[0], &byte, 1) >= 0 && close(ends[0]) == 0);
    return child;
}

static void end(pid_t child)
{
    CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
}

static void nothing(void)
{
}

static void leads_a_session(void)
{
    CHECK(setsid() == getpid());
}

static void runs_another_program(void)
{
    execl(self, self, "wait", NULL);
}

static void groups_are_told(void)
{
    pid_t child = child_that(nothing);
    CHECK(getpgid(0) == getpgrp() && getpgid(child) == getpgrp() && getsid(child) == getsid(0));
    CHECK(getpgid(getpid()) == getpgrp());
#ifdef SYS_getpgrp
    CHECK(syscall(SYS_getpgrp) == getpgid(0));
#endif
    FAILS(getpgid(NOBODY), ESRCH);
    FAILS(getpgid(-1), ESRCH);
    FAILS(getsid(NOBODY), ESRCH);
    FAILS(getsid(-1), ESRCH);
    end(child);
    FAILS(getsid(child), ESRCH);
}

static void children_are_put_into_groups(void)
{
    pid_t child = child_that(nothing), second = child_that(nothing);
    CHECK(setpgid(child, child) == 0 && getpgid(child) == child);
    CHECK(setpgid(second, child) == 0 && getpgid(second) == child);
    CHECK(setpgid(second, 0) == 0 && getpgid(second) == second);
    FAILS(setpgid(child, NOBODY), EPERM);
    FAILS(setpgid(child, -1), EINVAL);
    FAILS(setpgid(getppid(), 0), ESRCH);
    FAILS(setpgid(NOBODY, 0), ESRCH);
    end(child);
    end(second);
}

static void children_of_other_sessions_are_left_alone(void)
{
    pid_t leader = child_that(leads_a_session), runner = child_that(runs_another_program);
    CHECK(getsid(leader) == leader);
    FAILS(setpgid(leader, 0), EPERM);
    FAILS(setpgid(0, leader), EPERM); // a group of another session
    FAILS(setpgid(runner, 0), EACCES);
    end(leader);
    end(runner);
}

static void leaders_stay_where_they_are(void)
{
    CHECK(setsid() == getpid() && getsid(0) == getpid() && getpgrp() == getpid());
    FAILS(setpgid(0, 0), EPERM); // leads its session
    FAILS(setsid(), EPERM);      // and a group
}

static void a_group_keeps_its_number(void)
{
    CHECK(setpgid(0, 0) == 0);
    FAILS(setsid(), EPERM);
    pid_t child = child_that(nothing);
    CHECK(setpgid(child, child) == 0 && setpgid(0, child) == 0 && getpgrp() == child);
    end(child);
    CHECK(getpgrp() == child && setpgid(0, 0) == 0);
}

static const struct test_case cases[] = {
    CASE(ids_are_told_where_they_can_be),
    CASE(root_sets_all_three_user_ids),
    CASE(root_sets_all_three_group_ids),
    CASE(others_choose_among_their_own_ids),
    CASE(setreuid_swaps),
    CASE(setregid_swaps),
    CASE(setresuid_gives_each_of_the_three),
    CASE(setresgid_gives_each_of_the_three),
    CASE(ids_for_files_are_their_own),
    CASE(groups_are_kept_in_order),
    CASE(groups_have_limits),
    CASE(capabilities_are_told),
    CASE(versions_of_capabilities_are_told),
    CASE(capabilities_only_become_fewer),
    CASE(inheritable_ones_have_bounds),
    CASE(nobody_changes_those_of_others),
    CASE(user_ids_take_capabilities_along),
    CASE(groups_are_told),
    CASE(children_are_put_into_groups),
    CASE(children_of_other_sessions_are_left_alone),
    CASE(leaders_stay_where_they_are),
    CASE(a_group_keeps_its_number),
};

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc == 2 && strcmp(argv[1], "wait") == 0)
        for (;;)
            pause();
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
