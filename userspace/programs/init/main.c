/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Process 1. It mounts what programs expect, and then does one of two things: when the host gave a
 * command, it runs that in a shell, hands output and status to the host and powers off; otherwise
 * it keeps a shell on the console. It reaps orphans all the while.
 *
 * Signals mean what they mean to busybox init, so that busybox poweroff, reboot and halt work:
 * SIGUSR1 halt, SIGUSR2 power off, SIGTERM and SIGINT (ctrl-alt-del) reboot.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"

#define CONSOLE "/dev/console"
#define BUSYBOX "/bin/busybox"

enum exit_status {
    STATUS_NO_SHELL = 127, // as shells say when a command is not there
    STATUS_SIGNAL = 128,   // plus the signal
};

static void say(const char *text)
{
    char line[256];
    int n = snprintf(line, sizeof line, "init: %s\n", text);
    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
        return; // nowhere left to say it
}

static void pause_ms(long ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

/* Only calls that are safe in a signal handler: this runs in one. */
static void shut_down(int how)
{
    kill(-1, SIGTERM);
    pause_ms(100);
    kill(-1, SIGKILL);
    sync();
    reboot(how);
    // A kernel that came back could not do it; process 1 must not end.
    for (;;)
        pause();
}

static void on_signal(int signal)
{
    switch (signal) {
    case SIGUSR1:
        shut_down(RB_HALT_SYSTEM);
        break;
    case SIGUSR2:
        shut_down(RB_POWER_OFF);
        break;
    default:
        shut_down(RB_AUTOBOOT);
        break;
    }
}

static const int handled[] = {SIGUSR1, SIGUSR2, SIGTERM, SIGINT};

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    for (unsigned i = 0; i < sizeof handled / sizeof handled[0]; i++)
        sigaction(handled[i], &action, NULL);
}

static void default_signals(void)
{
    for (unsigned i = 0; i < sizeof handled / sizeof handled[0]; i++)
        signal(handled[i], SIG_DFL);
}

struct mount_point {
    const char *where;
    const char *type;
    unsigned long flags;
    const char *options;
    int required;
};

static const struct mount_point mounts[] = {
    {"/dev", "devtmpfs", MS_NOSUID, "mode=0755", 1},
    {"/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, 1},
    {"/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, 0},
    {"/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "mode=0620", 0},
    {"/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", 0},
};

static int is_mounted(const char *where)
{
    struct stat here;
    struct stat root;
    return stat(where, &here) == 0 && stat("/", &root) == 0 && here.st_dev != root.st_dev;
}

static void mount_all(void)
{
    for (unsigned i = 0; i < sizeof mounts / sizeof mounts[0]; i++) {
        const struct mount_point *m = &mounts[i];
        if (is_mounted(m->where))
            continue;
        mkdir(m->where, 0755);
        if (mount(m->type, m->where, m->type, m->flags, m->options) == 0 || errno == EBUSY)
            continue;
        if (m->required)
            say(strerror(errno)), say(m->where);
    }
}

/* Make the console descriptors 0 to 2, where the kernel has not. */
static void open_console(void)
{
    if (fcntl(STDERR_FILENO, F_GETFD) >= 0)
        return;
    int fd = open(CONSOLE, O_RDWR | O_NOCTTY);
    if (fd < 0)
        fd = open("/dev/null", O_RDWR);
    for (int i = 0; fd >= 0 && i <= STDERR_FILENO; i++) {
        if (i != fd)
            dup2(fd, i);
    }
    if (fd > STDERR_FILENO)
        close(fd);
}

static void default_environment(void)
{
    setenv("PATH", "/bin:/sbin:/usr/bin:/usr/sbin", 0);
    setenv("HOME", "/root", 0);
    setenv("TERM", "vt100", 0);
    setenv("SHELL", "/bin/hsh", 0);
    setenv("USER", "root", 0);
}

/* Wait for children, orphans too, until @child has ended; its wait status. */
static int wait_for(pid_t child)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, 0);
        if (pid == child)
            return status;
        if (pid < 0 && errno != EINTR)
            return STATUS_NO_SHELL << 8;
    }
}

static void redirect(const char *path, int flags, int fd)
{
    int opened = open(path, flags | O_NOCTTY);
    if (opened < 0)
        return; // the console stays
    dup2(opened, fd);
    close(opened);
}

/* ---- A command from the host
 * --------------------------------------------------------------------------------------- */

static void run_command_child(const char *command)
{
    setsid();
    default_signals();
    redirect("/dev/null", O_RDONLY, STDIN_FILENO);
    redirect("/dev/hostout", O_WRONLY, STDOUT_FILENO);
    redirect("/dev/hostout", O_WRONLY, STDERR_FILENO);
    if (chdir("/") != 0)
        say("no root directory");
    execl(BUSYBOX, "sh", "-c", command, (char *)NULL);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    execl("/bin/hsh", "hsh", "-c", command, (char *)NULL);
    say("no shell: neither " BUSYBOX " nor /bin/sh nor /bin/hsh");
    _exit(STATUS_NO_SHELL);
}

static int run_command(const char *command)
{
    pid_t child = fork();
    if (child == 0)
        run_command_child(command);
    if (child < 0) {
        say("cannot fork");
        return STATUS_NO_SHELL;
    }
    int status = wait_for(child);
    return WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

static void report(int status)
{
    char text[16];
    int n = snprintf(text, sizeof text, "%d\n", status);
    int fd = open("/dev/hoststatus", O_WRONLY | O_NOCTTY);
    if (fd < 0) {
        say("the host has no channel for the status, which is");
        say(text);
        return;
    }
    if (n > 0 && write(fd, text, (size_t)n) != n)
        say("the status could not be written");
    close(fd);
}

/* ---- A shell on the console
 * ---------------------------------------------------------------------------------------- */

/* A serial line does not know its window; programs that ask get what most windows have. */
static void default_window(int fd)
{
    struct winsize window = {0};
    if (ioctl(fd, TIOCGWINSZ, &window) != 0 || window.ws_row != 0)
        return;
    window = (struct winsize){.ws_row = 24, .ws_col = 80};
    ioctl(fd, TIOCSWINSZ, &window);
}

static void run_shell_child(void)
{
    default_signals();
    setsid();
    int fd = open(CONSOLE, O_RDWR);
    if (fd >= 0) {
        ioctl(fd, TIOCSCTTY, 1);
        default_window(fd);
        for (int i = 0; i <= STDERR_FILENO; i++)
            dup2(fd, i);
        if (fd > STDERR_FILENO)
            close(fd);
    }
    if (chdir("/root") != 0 && chdir("/") != 0)
        say("no directory to start in");
    execl("/bin/hsh", "-hsh", (char *)NULL);
    execl(BUSYBOX, "-sh", (char *)NULL);
    execl("/bin/sh", "-sh", (char *)NULL);
    say("no shell: neither /bin/hsh nor " BUSYBOX " nor /bin/sh");
    _exit(STATUS_NO_SHELL);
}

static void keep_shell(void)
{
    for (;;) {
        time_t started = time(NULL);
        pid_t child = fork();
        if (child == 0)
            run_shell_child();
        if (child < 0)
            say("cannot fork");
        else
            wait_for(child);
        // A shell that dies at once must not take the whole machine.
        if (child < 0 || time(NULL) - started < 2)
            pause_ms(1000);
    }
}

int main(void)
{
    if (getpid() != 1) {
        fputs("init: this is process 1 of a Helix system; the kernel starts it\n", stderr);
        return 1;
    }
    open_console();
    mount_all();
    open_console();
    default_environment();
    catch_signals();
    // Ctrl-alt-del comes as SIGINT; a kernel without the call reboots by itself.
    reboot(RB_DISABLE_CAD);
    static char command[COMMAND_MAX];
    if (command_from_host(command, sizeof command)) {
        report(run_command(command));
        shut_down(RB_POWER_OFF);
    }
    keep_shell();
}
