/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Programs with capabilities: who may give them, what takes them away, and what whoever runs such a
 * program gets, by the rules of capabilities(7). */
#define _GNU_SOURCE
#include <linux/prctl.h>
#include <linux/securebits.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "limits.h"

enum { SOMEBODY = 1234, ANOTHER = 4321, EFFECTIVE = 1, FORM_2 = 0x02000000, FORM_3 = 0x03000000 };

#define NAME    "security.capability"
#define PROGRAM "/tmp/capable"
#define BIT(n)  (1ull << (n))
#define ALL     (BIT(41) - 1)
#define SOME    (BIT(CAP_KILL) | BIT(CAP_CHOWN))

static char *const none[] = {NULL}, *const words[] = {"file_capabilities", "tell", NULL};

/* What a program tells of itself, or that it could not be run. */
struct told {
    uint64_t effective, permitted, inheritable, ambient;
    uint32_t uid, euid, secure, bits, dumpable, renounced;
    int32_t error;
};

static long prctl(int option, unsigned long a, unsigned long b)
{
    return syscall(SYS_prctl, option, a, b, 0, 0);
}

/* ---- In the child ---- */

static void sets(struct told *told)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    CHECK(syscall(SYS_capget, &header, data) == 0);
    told->effective = data[0].effective | (uint64_t)data[1].effective << 32;
    told->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
    told->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
    for (unsigned i = 0; i < 41; i++)
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i) == 1)
            told->ambient |= BIT(i);
}

static int tell(void)
{
    struct told told = {.uid = getuid(),
                        .euid = geteuid(),
                        .secure = (uint32_t)getauxval(AT_SECURE),
                        .bits = (uint32_t)prctl(PR_GET_SECUREBITS, 0, 0),
                        .dumpable = (uint32_t)prctl(PR_GET_DUMPABLE, 0, 0),
                        .renounced = (uint32_t)prctl(PR_GET_NO_NEW_PRIVS, 0, 0)};
    sets(&told);
    return write(STDOUT_FILENO, &told, sizeof told) != sizeof told;
}

static void be_somebody(void)
{
    CHECK(setresgid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
    CHECK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
}

static void be_root(void)
{
}

static void set_inheritable(uint64_t set)
{
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2];
    CHECK(syscall(SYS_capget, &header, data) == 0);
    data[0].inheritable = (uint32_t)set;
    data[1].inheritable = (uint32_t)(set >> 32);
    CHECK(syscall(SYS_capset, &header, data) == 0);
}

static void inherit_some(void)
{
    set_inheritable(SOME);
    be_somebody();
}

/* Somebody with two capabilities that every program keeps. */
static void keep_some(void)
{
    set_inheritable(SOME);
    CHECK(prctl(PR_SET_KEEPCAPS, 1, 0) == 0);
    be_somebody();
    CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL) == 0);
    CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN) == 0);
}

static void be_no_root(void)
{
    CHECK(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT, 0) == 0);
}

static void drop_a_bound(void)
{
    CHECK(prctl(PR_CAPBSET_DROP, CAP_CHOWN, 0) == 0);
}

static void drop_a_bound_and_be_somebody(void)
{
    drop_a_bound();
    be_somebody();
}

static void renounce(void)
{
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0) == 0);
    be_somebody();
}

static void run_and_tell(const char *path, void (*prepare)(void))
{
    struct told told = {0};
    prepare();
    execve(path, words, none);
    told.error = errno;
    CHECK(write(STDOUT_FILENO, &told, sizeof told) == sizeof told);
    _exit(0);
}

/* What the program at @path tells when run after @prepare. */
static struct told run(const char *path, void (*prepare)(void))
{
    struct told told;
    int ends[2], status;
    CHECK(pipe(ends) == 0);
    const pid_t child = fork();
    if (child == 0) {
        CHECK(dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
        run_and_tell(path, prepare);
    }
    close(ends[1]);
    CHECK(read(ends[0], &told, sizeof told) == sizeof told && close(ends[0]) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    return told;
}

/* ---- Files ---- */

static void make(const char *path, mode_t mode)
{
    static char bytes[65536];
    ssize_t got;
    CHECK(unlink(path) == 0 || errno == ENOENT);
    const int from = open("/proc/self/exe", O_RDONLY);
    const int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    CHECK(from >= 0 && to >= 0);
    while ((got = read(from, bytes, sizeof bytes)) > 0)
        CHECK(write(to, bytes, (size_t)got) == got);
    CHECK(got == 0 && fchmod(to, mode) == 0 && close(from) == 0 && close(to) == 0);
}

struct value {
    uint32_t form, words[4], root;
};

static struct value value(uint32_t form, uint64_t permitted, uint64_t inheritable)
{
    return (struct value){form,
                          {(uint32_t)permitted, (uint32_t)inheritable, (uint32_t)(permitted >> 32),
                           (uint32_t)(inheritable >> 32)},
                          0};
}

static void give(uint32_t flags, uint64_t permitted, uint64_t inheritable)
{
    const struct value given = value(FORM_2 | flags, permitted, inheritable);
    CHECK(setxattr(PROGRAM, NAME, &given, 20, 0) == 0);
}

static void make_capable(uint32_t flags, uint64_t permitted, uint64_t inheritable)
{
    make(PROGRAM, 0755);
    give(flags, permitted, inheritable);
}

static int has_value(const char *path)
{
    return getxattr(path, NAME, NULL, 0) > 0;
}

/* ---- The attribute ---- */

static void values_have_a_form(void)
{
    struct value given = value(FORM_2 | EFFECTIVE, SOME, 0), told;
    make(PROGRAM, 0755);
    CHECK(setxattr(PROGRAM, NAME, &given, 20, XATTR_CREATE) == 0);
    CHECK(getxattr(PROGRAM, NAME, &told, sizeof told) == 20 && memcmp(&told, &given, 20) == 0);
    FAILS(setxattr(PROGRAM, NAME, &given, 20, XATTR_CREATE), EEXIST);
    FAILS(setxattr(PROGRAM, NAME, &given, 19, 0), EINVAL);
    FAILS(setxattr(PROGRAM, NAME, &given, 24, 0), EINVAL);
    FAILS(setxattr(PROGRAM, NAME, &given, 3, 0), EINVAL);
    FAILS(lsetxattr(PROGRAM, NAME, &given, 12, 0), EINVAL);
    given.form = FORM_3;
    FAILS(setxattr(PROGRAM, NAME, &given, 20, 0), EINVAL);
    given.form = FORM_2 | 2;
    FAILS(setxattr(PROGRAM, NAME, &given, 20, 0), EINVAL);
    given.form = 0x04000000;
    FAILS(setxattr(PROGRAM, NAME, &given, 24, 0), EINVAL);
    const int fd = open(PROGRAM, O_RDONLY);
    FAILS(fsetxattr(fd, NAME, &given, 20, 0), EINVAL);
    FAILS(getxattr(PROGRAM, NAME, &told, 19), ERANGE);
}

static void roots_are_told_where_they_are_not_ours(void)
{
    struct value given = value(FORM_3 | EFFECTIVE, SOME, SOME), told;
    make(PROGRAM, 0755);
    CHECK(setxattr(PROGRAM, NAME, &given, 24, 0) == 0);
    CHECK(getxattr(PROGRAM, NAME, &told, sizeof told) == 20);
    CHECK(told.form == (FORM_2 | EFFECTIVE) && memcmp(told.words, given.words, 16) == 0);
    CHECK(getxattr(PROGRAM, NAME, &told, 20) == 20);
    given.root = SOMEBODY;
    CHECK(setxattr(PROGRAM, NAME, &given, 24, 0) == 0);
    CHECK(getxattr(PROGRAM, NAME, &told, sizeof told) == 24 && memcmp(&told, &given, 24) == 0);
    const struct told plain = run(PROGRAM, be_somebody);
    CHECK(plain.error == 0 && plain.permitted == 0 && plain.secure == 0);
    given.root = (uint32_t)-1;
    FAILS(setxattr(PROGRAM, NAME, &given, 24, 0), EINVAL);
}

static void only_some_may_give_them(void)
{
    const struct value given = value(FORM_2, SOME, 0);
    make(PROGRAM, 0755);
    CHECK(chown(PROGRAM, SOMEBODY, SOMEBODY) == 0);
    capability_drop(CAP_SYS_ADMIN);
    CHECK(setxattr(PROGRAM, NAME, &given, 20, 0) == 0);
    CHECK(removexattr(PROGRAM, NAME) == 0 && setxattr(PROGRAM, NAME, &given, 20, 0) == 0);
    capability_raise(CAP_SYS_ADMIN);
    capability_drop(CAP_SETFCAP);
    const int fd = open(PROGRAM, O_RDONLY);
    FAILS(setxattr(PROGRAM, NAME, &given, 20, 0), EPERM);
    FAILS(setxattr(PROGRAM, NAME, &given, 19, 0), EINVAL);
    be_somebody(); // its owner
    FAILS(setxattr(PROGRAM, NAME, &given, 20, 0), EPERM);
    FAILS(lsetxattr(PROGRAM, NAME, &given, 20, 0), EPERM);
    FAILS(fsetxattr(fd, NAME, &given, 20, 0), EPERM);
    CHECK(has_value(PROGRAM)); // everybody may look
}

static void some_changes_take_them_away(void)
{
    make_capable(0, SOME, 0);
    int fd = open(PROGRAM, O_RDWR);
    CHECK(fd >= 0 && pwrite(fd, "", 0, 0) == 0 && has_value(PROGRAM));
    CHECK(pwrite(fd, "x", 1, 0) == 1 && !has_value(PROGRAM));
    give(0, SOME, 0);
    CHECK(pwrite(fd, "y", 1, 0) == 1 && !has_value(PROGRAM));
    give(0, SOME, 0);
    CHECK(ftruncate(fd, 100) == 0 && !has_value(PROGRAM));
    give(0, SOME, 0);
    CHECK(truncate(PROGRAM, 50) == 0 && !has_value(PROGRAM));
    give(0, SOME, 0);
    CHECK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 4096) == 0 && !has_value(PROGRAM));
    give(0, SOME, 0);
    CHECK(fallocate(fd, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, 0, 10) == 0);
    CHECK(!has_value(PROGRAM));
    give(0, SOME, 0);
    CHECK(fchown(fd, 0, 0) == 0 && !has_value(PROGRAM));
    give(0, SOME, 0);
    CHECK(chown(PROGRAM, (uid_t)-1, SOMEBODY) == 0 && !has_value(PROGRAM));
    give(0, SOME, 0);
    CHECK(close(fd) == 0 && (fd = open(PROGRAM, O_WRONLY | O_TRUNC)) >= 0);
    CHECK(!has_value(PROGRAM) && close(fd) == 0);
    give(0, SOME, 0); // of no bytes now
    CHECK((fd = open(PROGRAM, O_WRONLY | O_TRUNC)) >= 0 && !has_value(PROGRAM) && close(fd) == 0);
}

static void other_changes_do_not(void)
{
    const struct timespec times[2] = {{1, 0}, {2, 0}};
    make_capable(0, SOME, 0);
    CHECK(chmod(PROGRAM, 0700) == 0 && chmod(PROGRAM, 04755) == 0);
    CHECK(utimensat(AT_FDCWD, PROGRAM, times, 0) == 0);
    CHECK(setxattr(PROGRAM, "trusted.other", "x", 1, 0) == 0);
    CHECK(rename(PROGRAM, PROGRAM "2") == 0 && link(PROGRAM "2", PROGRAM) == 0);
    const int fd = open(PROGRAM, O_RDWR);
    CHECK(fd >= 0 && close(fd) == 0 && has_value(PROGRAM));
    CHECK(unlink(PROGRAM "2") == 0 && has_value(PROGRAM));
}

/* ---- Running them ---- */

static void files_give_what_they_permit(void)
{
    make_capable(0, SOME | BIT(CAP_SYSLOG), 0);
    struct told told = run(PROGRAM, be_somebody);
    CHECK(told.error == 0 && told.uid == SOMEBODY && told.euid == SOMEBODY);
    CHECK(told.permitted == (SOME | BIT(CAP_SYSLOG)) && told.effective == 0);
    CHECK(told.inheritable == 0 && told.secure == 1 && told.dumpable == 0);
    give(EFFECTIVE, SOME, 0);
    told = run(PROGRAM, be_somebody);
    CHECK(told.permitted == SOME && told.effective == SOME && told.secure == 1);
    give(EFFECTIVE, 0, 0);
    told = run(PROGRAM, be_somebody);
    CHECK(told.permitted == 0 && told.effective == 0 && told.secure == 1 && told.dumpable == 1);
    give(0, BIT(60), 0); // no capability that there is
    told = run(PROGRAM, be_somebody);
    CHECK(told.error == 0 && told.permitted == 0 && told.secure == 0);
    make(PROGRAM, 0755);
    told = run(PROGRAM, be_somebody);
    CHECK(told.permitted == 0 && told.secure == 0 && told.dumpable == 1);
}

static void what_is_inherited_must_be_on_both_sides(void)
{
    make_capable(EFFECTIVE, 0, BIT(CAP_KILL) | BIT(CAP_SETUID));
    struct told told = run(PROGRAM, inherit_some);
    CHECK(told.permitted == BIT(CAP_KILL) && told.effective == BIT(CAP_KILL));
    CHECK(told.inheritable == SOME && told.secure == 1);
    told = run(PROGRAM, be_somebody);
    CHECK(told.permitted == 0 && told.inheritable == 0);
    make(PROGRAM, 0755);
    told = run(PROGRAM, inherit_some);
    CHECK(told.permitted == 0 && told.effective == 0 && told.inheritable == SOME);
}

static void all_that_is_needed_must_be_within_bounds(void)
{
    make_capable(0, SOME, 0);
    struct told told = run(PROGRAM, drop_a_bound_and_be_somebody);
    CHECK(told.error == 0 && told.permitted == BIT(CAP_KILL) && told.effective == 0);
    give(EFFECTIVE, SOME, 0);
    CHECK(run(PROGRAM, drop_a_bound).error == EPERM); // root, too
    CHECK(run(PROGRAM, drop_a_bound_and_be_somebody).error == EPERM);
    drop_a_bound_and_be_somebody();
    FAILS(execve(PROGRAM, words, none), EPERM);
    FAILS(syscall(SYS_execveat, AT_FDCWD, PROGRAM, words, none, 0), EPERM);
}

static void ambient_ones_are_for_plain_programs(void)
{
    make(PROGRAM, 0755);
    struct told told = run(PROGRAM, keep_some);
    CHECK(told.permitted == SOME && told.effective == SOME && told.ambient == SOME);
    CHECK(told.secure == 0 && told.bits == 0 && told.dumpable == 1);
    give(0, BIT(CAP_SETUID), 0);
    told = run(PROGRAM, keep_some);
    CHECK(told.permitted == BIT(CAP_SETUID) && told.effective == 0 && told.ambient == 0);
    CHECK(told.inheritable == SOME && told.secure == 1);
    give(0, 0, 0);
    told = run(PROGRAM, keep_some);
    CHECK(told.permitted == 0 && told.effective == 0 && told.ambient == 0 && told.secure == 0);
    make(PROGRAM, 0755);
    CHECK(chown(PROGRAM, ANOTHER, ANOTHER) == 0 && chmod(PROGRAM, 04755) == 0);
    told = run(PROGRAM, keep_some);
    CHECK(told.euid == ANOTHER && told.permitted == 0 && told.ambient == 0 && told.secure == 1);
}

static void root_has_all(void)
{
    make_capable(0, SOME, 0);
    struct told told = run(PROGRAM, be_root);
    CHECK(told.permitted == ALL && told.effective == ALL && told.secure == 0 && told.dumpable == 1);
    told = run(PROGRAM, be_no_root);
    CHECK(told.permitted == SOME && told.effective == 0 && told.bits == SECBIT_NOROOT);
    make(PROGRAM, 0755);
    told = run(PROGRAM, drop_a_bound);
    CHECK(told.permitted == (ALL & ~BIT(CAP_CHOWN)) && told.effective == told.permitted);
    told = run(PROGRAM, be_no_root);
    CHECK(told.permitted == 0 && told.effective == 0 && told.secure == 0);
}

static void set_uid_programs_have_all_or_theirs(void)
{
    make(PROGRAM, 04755);
    struct told told = run(PROGRAM, be_somebody);
    CHECK(told.uid == SOMEBODY && told.euid == 0 && told.permitted == ALL);
    CHECK(told.effective == ALL && told.secure == 1 && told.dumpable == 0);
    give(EFFECTIVE, SOME, 0);
    told = run(PROGRAM, be_somebody);
    CHECK(told.uid == SOMEBODY && told.euid == 0);
    CHECK(told.permitted == SOME && told.effective == SOME && told.secure == 1);
    told = run(PROGRAM, be_root);
    CHECK(told.permitted == ALL && told.effective == ALL && told.secure == 0);
}

static void some_mounts_give_nothing(void)
{
    static const char program[] = "/tmp/mounted/capable";
    CHECK(mkdir("/tmp/mounted", 0755) == 0);
    CHECK(mount("none", "/tmp/mounted", "tmpfs", MS_NOSUID, NULL) == 0);
    make(program, 04755);
    const struct value given = value(FORM_2 | EFFECTIVE, SOME, 0);
    CHECK(setxattr(program, NAME, &given, 20, 0) == 0);
    struct told told = run(program, be_somebody);
    CHECK(told.error == 0 && told.euid == SOMEBODY && told.permitted == 0 && told.secure == 0);
    CHECK(run(program, drop_a_bound_and_be_somebody).error == 0);
    CHECK(mount("none", "/tmp/mounted", NULL, MS_REMOUNT | MS_BIND, NULL) == 0);
    told = run(program, be_somebody);
    CHECK(told.euid == 0 && told.permitted == SOME);
    CHECK(umount2("/tmp/mounted", MNT_DETACH) == 0);
}

static void who_has_renounced_gains_nothing(void)
{
    make_capable(EFFECTIVE, SOME, 0);
    struct told told = run(PROGRAM, renounce);
    CHECK(told.error == 0 && told.renounced == 1 && told.permitted == 0 && told.effective == 0);
    CHECK(told.secure == 1);
    CHECK(chmod(PROGRAM, 04755) == 0);
    told = run(PROGRAM, renounce);
    CHECK(told.euid == SOMEBODY && told.permitted == 0);
}

/* A tracer of the same user, without rights of its own. */
static void trace(void)
{
    int status;
    be_somebody();
    const pid_t child = fork();
    if (child == 0) {
        CHECK(ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0);
        return;
    }
    CHECK(waitpid(child, &status, 0) == child && WIFSTOPPED(status));
    CHECK(ptrace(PTRACE_CONT, child, NULL, NULL) == 0);
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    _exit(0);
}

static void who_is_traced_gains_nothing(void)
{
    make_capable(EFFECTIVE, SOME, 0);
    struct told told = run(PROGRAM, trace);
    CHECK(told.error == 0 && told.permitted == 0 && told.effective == 0 && told.secure == 1);
    make(PROGRAM, 04755);
    told = run(PROGRAM, trace);
    CHECK(told.uid == SOMEBODY && told.euid == SOMEBODY && told.permitted == 0);
}

/* ---- What prctl(2) has to do with it ---- */

static void *renounces(void *told)
{
    (void)told;
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0) == 1);
    const struct told after = run(PROGRAM, be_somebody);
    CHECK(after.renounced == 1 && after.permitted == 0);
    return NULL;
}

static void each_thread_renounces_for_itself(void)
{
    pthread_t thread;
    make_capable(EFFECTIVE, SOME, 0);
    CHECK(pthread_create(&thread, NULL, renounces, NULL) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(prctl(PR_GET_NO_NEW_PRIVS, 0, 0) == 0);
    const struct told told = run(PROGRAM, be_somebody);
    CHECK(told.renounced == 0 && told.permitted == SOME);
}

static void some_bits_keep_what_root_had(void)
{
    struct told told = {0};
    const pid_t child = fork();
    int status;
    if (child == 0) {
        CHECK(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0) == 0);
        be_somebody();
        sets(&told);
        CHECK(told.permitted == ALL && told.effective == ALL);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    keep_some();
    sets(&told);
    CHECK(told.permitted == ALL && told.effective == 0 && told.ambient == SOME);
    CHECK(prctl(PR_GET_KEEPCAPS, 0, 0) == 1);
    set_inheritable(BIT(CAP_KILL)); // takes the other one out of the ambient set
    CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN) == 0);
    CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL) == 1);
}

int main(int argc, char **argv)
{
    static const struct test_case cases[] = {
        CASE(values_have_a_form),
        CASE(roots_are_told_where_they_are_not_ours),
        CASE(only_some_may_give_them),
        CASE(some_changes_take_them_away),
        CASE(other_changes_do_not),
        CASE(files_give_what_they_permit),
        CASE(what_is_inherited_must_be_on_both_sides),
        CASE(all_that_is_needed_must_be_within_bounds),
        CASE(ambient_ones_are_for_plain_programs),
        CASE(root_has_all),
        CASE(set_uid_programs_have_all_or_theirs),
        CASE(some_mounts_give_nothing),
        CASE(who_has_renounced_gains_nothing),
        CASE(who_is_traced_gains_nothing),
        CASE(each_thread_renounces_for_itself),
        CASE(some_bits_keep_what_root_had),
    };
    if (argc == 2 && strcmp(argv[1], "tell") == 0)
        return tell();
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
