/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The calls about the machine one by one: its names, its log, its memory, chance, and its end. */
#define _GNU_SOURCE
#include <linux/reboot.h>
#include <signal.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/utsname.h>

#include "interrupts.h"
#include "limits.h"

#define NOWHERE   nowhere
#define NAME_MOST 64

static void *volatile nowhere = (void *)8;
static volatile size_t below_zero = (size_t)-1;

static void the_machine_has_names(void)
{
    struct utsname names;
    CHECK(uname(&names) == 0 && strcmp(names.sysname, "Linux") == 0);
    CHECK(names.release[0] && names.version[0] && names.machine[0]);
    FAILS(syscall(SYS_uname, NOWHERE), EFAULT);
}

static void the_host_name_can_be_set(void)
{
    struct utsname before, after;
    char most[NAME_MOST + 1];
    memset(most, 'n', sizeof most);
    CHECK(uname(&before) == 0);
    CHECK(sethostname("example", 7) == 0 && uname(&after) == 0);
    CHECK(strcmp(after.nodename, "example") == 0);
    CHECK(sethostname(most, NAME_MOST) == 0 && uname(&after) == 0);
    CHECK(strlen(after.nodename) == NAME_MOST);
    CHECK(sethostname("", 0) == 0 && uname(&after) == 0 && after.nodename[0] == '\0');
    FAILS(sethostname(most, NAME_MOST + 1), EINVAL);
    FAILS(sethostname(most, below_zero), EINVAL);
    FAILS(sethostname(NOWHERE, 4), EFAULT);
    CHECK(sethostname(before.nodename, strlen(before.nodename)) == 0);
    capability_drop(CAP_SYS_ADMIN);
    FAILS(sethostname("example", 7), EPERM);
}

static void the_domain_name_can_be_set(void)
{
    struct utsname before, after;
    char most[NAME_MOST + 1];
    memset(most, 'n', sizeof most);
    CHECK(uname(&before) == 0);
    CHECK(setdomainname("example", 7) == 0 && uname(&after) == 0);
    CHECK(strcmp(after.domainname, "example") == 0);
    CHECK(setdomainname(most, NAME_MOST) == 0);
    FAILS(setdomainname(most, NAME_MOST + 1), EINVAL);
    FAILS(setdomainname(most, below_zero), EINVAL);
    FAILS(setdomainname(NOWHERE, 4), EFAULT);
    CHECK(setdomainname(before.domainname, strlen(before.domainname)) == 0);
    capability_drop(CAP_SYS_ADMIN);
    FAILS(setdomainname("example", 7), EPERM);
}

static void the_machine_tells_its_figures(void)
{
    struct sysinfo info;
    CHECK(sysinfo(&info) == 0 && info.mem_unit >= 1 && info.uptime >= 0 && info.procs >= 1);
    CHECK(info.totalram > info.freeram && info.freeram > 0);
    FAILS(sysinfo(NOWHERE), EFAULT);
}

/* ---- The kernel log ---- */

static void the_log_can_be_read(void)
{
    static char text[65536];
    int size = klogctl(10, NULL, 0), length = klogctl(3, text, sizeof text);
    CHECK(size > 0 && length > 0 && text[0] == '<');
    CHECK(klogctl(3, text, 0) == 0 && klogctl(9, NULL, 0) >= 0);
    FAILS(klogctl(3, NULL, 10), EINVAL);
    FAILS(klogctl(3, text, -1), EINVAL);
    FAILS(klogctl(2, NULL, 10), EINVAL);
    FAILS(klogctl(77, NULL, 0), EINVAL);
    FAILS(klogctl(-1, NULL, 0), EINVAL);
    FAILS(klogctl(8, NULL, 0), EINVAL);
    FAILS(klogctl(8, NULL, 9), EINVAL);
    FAILS(syscall(SYS_syslog, 3, NOWHERE, sizeof text), EFAULT); // room for one record at least
    CHECK(klogctl(6, NULL, 0) == 0 && klogctl(7, NULL, 0) == 0);
    CHECK(klogctl(0, NULL, 0) == 0 && klogctl(1, NULL, 0) == 0);
}

static void reading_the_log_waits_and_is_interrupted(void)
{
    static char text[65536];
    for (int tries = 0; klogctl(9, NULL, 0) > 0 && tries < 1000; tries++)
        CHECK(klogctl(2, text, sizeof text) > 0);
    CHECK(klogctl(2, text, 0) == 0);
    interrupt_after(100, 0);
    FAILS(klogctl(2, text, sizeof text), EINTR);
}

static void only_some_may_read_the_log(void)
{
    static char text[16];
    capability_drop(CAP_SYSLOG);
    capability_drop(CAP_SYS_ADMIN);
    FAILS(klogctl(2, text, sizeof text), EPERM);
    FAILS(klogctl(4, text, sizeof text), EPERM);
    FAILS(klogctl(5, NULL, 0), EPERM);
    FAILS(klogctl(8, NULL, 7), EPERM);
    FAILS(klogctl(9, NULL, 0), EPERM);
}

/* ---- Chance ---- */

static void chance_can_be_had(void)
{
    static char one[5000], two[5000];
    CHECK(getrandom(one, sizeof one, 0) == sizeof one);
    CHECK(getrandom(two, sizeof two, 0) == sizeof two && memcmp(one, two, sizeof one) != 0);
    CHECK(getrandom(one, 100, GRND_RANDOM | GRND_NONBLOCK) == 100);
    CHECK(getrandom(one, 100, GRND_INSECURE) == 100 && getrandom(one, 0, 0) == 0);
    FAILS(getrandom(one, 16, 0x80), EINVAL);
    FAILS(getrandom(one, 16, GRND_RANDOM | GRND_INSECURE), EINVAL);
    FAILS(getrandom(NOWHERE, 16, 0), EFAULT);
}

/* ---- The end ---- */

static void the_end_says_why_not(void)
{
    const unsigned magic = LINUX_REBOOT_MAGIC1, again = LINUX_REBOOT_MAGIC2C;
    CHECK(syscall(SYS_reboot, magic, again, LINUX_REBOOT_CMD_CAD_OFF, NULL) == 0);
    CHECK(reboot(RB_DISABLE_CAD) == 0);
    FAILS(syscall(SYS_reboot, 1, again, LINUX_REBOOT_CMD_CAD_OFF, NULL), EINVAL);
    FAILS(syscall(SYS_reboot, magic, 1, LINUX_REBOOT_CMD_CAD_OFF, NULL), EINVAL);
    FAILS(syscall(SYS_reboot, magic, again, 77, NULL), EINVAL);
    FAILS(syscall(SYS_reboot, magic, again, LINUX_REBOOT_CMD_RESTART2, NOWHERE), EFAULT);
    capability_drop(CAP_SYS_BOOT);
    FAILS(reboot(RB_DISABLE_CAD), EPERM);
    FAILS(syscall(SYS_reboot, 1, 1, 1, NULL), EPERM);
}

static const struct test_case cases[] = {
    CASE(the_machine_has_names),      CASE(the_host_name_can_be_set),
    CASE(the_domain_name_can_be_set), CASE(the_machine_tells_its_figures),
    CASE(the_log_can_be_read),        CASE(reading_the_log_waits_and_is_interrupted),
    CASE(only_some_may_read_the_log), CASE(chance_can_be_had),
    CASE(the_end_says_why_not),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
