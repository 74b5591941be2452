/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Pseudoterminals and the line discipline as programs see them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <time.h>

#include "check.h"

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

struct pair {
    int master, slave;
};

static struct pair open_pair(void)
{
    struct pair pair = {open("/dev/ptmx", O_RDWR | O_NOCTTY), -1};
    int unlock = 0;
    CHECK(pair.master >= 0);
    CHECK(ioctl(pair.master, TIOCSPTLCK, &unlock) == 0);
    pair.slave = ioctl(pair.master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(pair.slave >= 0);
    return pair;
}

static void set_local(int fd, tcflag_t set, tcflag_t clear)
{
    struct termios settings;
    CHECK(tcgetattr(fd, &settings) == 0);
    settings.c_lflag = (settings.c_lflag & ~clear) | set;
    CHECK(tcsetattr(fd, TCSANOW, &settings) == 0);
}

static void set_raw(int fd)
{
    struct termios settings;
    CHECK(tcgetattr(fd, &settings) == 0);
    cfmakeraw(&settings);
    CHECK(tcsetattr(fd, TCSANOW, &settings) == 0);
}

/* What comes within a moment, as a string. */
static const char *comes(int fd)
{
    static char text[256];
    size_t got = 0;
    struct pollfd entry = {.fd = fd, .events = POLLIN};
    while (got < sizeof text - 1 && poll(&entry, 1, got ? 20 : 2000) == 1) {
        ssize_t n = read(fd, text + got, sizeof text - 1 - got);
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    text[got] = 0;
    return text;
}

static void type(int fd, const char *text)
{
    CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static short polled(int fd, short events)
{
    struct pollfd entry = {.fd = fd, .events = events};
    CHECK(poll(&entry, 1, 0) >= 0);
    return entry.revents;
}

/* ---- Names ---- */

static void names_and_numbers(void)
{
    struct stat status;
    char name[64];
    int first = open("/dev/ptmx", O_RDWR), second = open("/dev/ptmx", O_RDWR);
    unsigned a, b;
    CHECK(ioctl(first, TIOCGPTN, &a) == 0 && ioctl(second, TIOCGPTN, &b) == 0 && a != b);
    snprintf(name, sizeof name, "/dev/pts/%u", a);
    CHECK(stat(name, &status) == 0 && S_ISCHR(status.st_mode));
    CHECK(status.st_rdev == makedev(136, a) && status.st_uid == 0);
    int locked = -1;
    CHECK(ioctl(first, TIOCGPTLCK, &locked) == 0 && locked == 1);
    CHECK(open(name, O_RDWR | O_NOCTTY) == -1 && errno == EIO);
    CHECK(ioctl(first, TIOCGPTPEER, O_RDWR | O_NOCTTY) == -1 && errno == EIO);
    locked = 0;
    CHECK(ioctl(first, TIOCSPTLCK, &locked) == 0);
    CHECK(ioctl(first, TIOCGPTLCK, &locked) == 0 && locked == 0);
    int flagged = ioctl(first, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_NOFOLLOW);
    CHECK((fcntl(flagged, F_GETFL) & (O_NOFOLLOW | O_NOCTTY | O_ACCMODE)) == (O_NOFOLLOW | O_RDWR));
    close(flagged);
    int slave = open(name, O_RDWR | O_NOCTTY);
    CHECK(slave >= 0 && isatty(slave) && isatty(first));
    CHECK(ptsname(first) && strcmp(ptsname(first), name) == 0);
    CHECK(ttyname(slave) && strcmp(ttyname(slave), name) == 0);
    int peer = ioctl(first, TIOCGPTPEER, O_RDWR | O_NOCTTY);
    CHECK(peer >= 0 && ttyname(peer) && strcmp(ttyname(peer), name) == 0);
    CHECK(ioctl(slave, TIOCGPTN, &a) == -1 && errno == ENOTTY);
    close(first);
    CHECK(stat(name, &status) == -1 && errno == ENOENT);
    CHECK(stat("/dev/ptmx", &status) == 0 && status.st_rdev == makedev(5, 2));
    CHECK(lseek(second, 0, SEEK_SET) == -1 && errno == ESPIPE);
}

static void a_peer_is_its_file(void)
{
    struct pair p = open_pair();
    struct stat named, opened;
    char name[64], link[64], target[64] = "";
    unsigned number;
    CHECK(ioctl(p.master, TIOCGPTN, &number) == 0);
    snprintf(name, sizeof name, "/dev/pts/%u", number);
    CHECK(stat(name, &named) == 0 && fstat(p.slave, &opened) == 0);
    CHECK(S_ISCHR(opened.st_mode) && opened.st_rdev == makedev(136, number));
    CHECK(opened.st_dev == named.st_dev && opened.st_ino == named.st_ino);
    snprintf(link, sizeof link, "/proc/self/fd/%d", p.slave);
    CHECK(readlink(link, target, sizeof target - 1) > 0 && strcmp(target, name) == 0);
    CHECK(ttyname(p.slave) && strcmp(ttyname(p.slave), name) == 0);
    CHECK(fchmod(p.slave, 0600) == 0 && stat(name, &named) == 0 && (named.st_mode & 07777) == 0600);
    close(p.master);
    CHECK(fstat(p.slave, &opened) == 0 && S_ISCHR(opened.st_mode));
    CHECK(write(p.slave, "x", 1) == -1 && errno == EIO);
}

/* ---- Both sides ---- */

static void lines_go_both_ways(void)
{
    struct pair p = open_pair();
    type(p.slave, "out\n");
    CHECK(strcmp(comes(p.master), "out\r\n") == 0);
    type(p.master, "typed\r");
    CHECK(strcmp(comes(p.master), "typed\r\n") == 0); // the echo
    CHECK(strcmp(comes(p.slave), "typed\n") == 0);
    type(p.master, "ab\177c\025xyz\027q\n");
    CHECK(strcmp(comes(p.slave), "q\n") == 0);
    type(p.master, "end\004");
    CHECK(strcmp(comes(p.slave), "end") == 0);
    char byte;
    type(p.master, "\004");
    CHECK(read(p.slave, &byte, 1) == 0);
    int count;
    comes(p.master);
    type(p.master, "1234\n");
    sleep_ms(30); // Linux brings it a little later
    CHECK(ioctl(p.slave, TIOCINQ, &count) == 0 && count == 5);
    CHECK(ioctl(p.slave, TIOCOUTQ, &count) == 0);
}

static void raw_bytes_pass(void)
{
    struct pair p = open_pair();
    char bytes[256], got[256];
    set_raw(p.slave);
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    CHECK(write(p.master, bytes, 256) == 256);
    size_t n = 0;
    while (n < 256) {
        ssize_t some = read(p.slave, got + n, 256 - n);
        CHECK(some > 0);
        n += (size_t)some;
    }
    CHECK(memcmp(bytes, got, 256) == 0);
    CHECK(write(p.slave, bytes, 256) == 256);
    for (n = 0; n < 256;) {
        ssize_t some = read(p.master, got + n, 256 - n);
        CHECK(some > 0);
        n += (size_t)some;
    }
    CHECK(memcmp(bytes, got, 256) == 0);
}

static void bulk_waits_for_readers(void)
{
    enum { TOTAL = 300000 };
    struct pair p = open_pair();
    set_raw(p.slave);
    pid_t child = fork();
    if (child == 0) {
        static char block[5000];
        close(p.master);
        for (unsigned sent = 0; sent < TOTAL; sent += sizeof block) {
            for (unsigned i = 0; i < sizeof block; i++)
                block[i] = (char)((sent + i) % 251);
            for (unsigned done = 0; done < sizeof block;) {
                ssize_t n = write(p.slave, block + done, sizeof block - done);
                CHECK(n > 0);
                done += (unsigned)n;
            }
        }
        sleep_ms(100);
        _exit(0);
    }
    static char in[3000];
    unsigned got = 0;
    while (got < TOTAL) {
        ssize_t n = read(p.master, in, sizeof in);
        CHECK(n > 0);
        for (ssize_t i = 0; i < n; i++)
            CHECK(in[i] == (char)((got + (unsigned)i) % 251));
        got += (unsigned)n;
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    fcntl(p.master, F_SETFL, O_NONBLOCK);
    unsigned long typed = 0;
    ssize_t n;
    while ((n = write(p.master, in, sizeof in)) > 0)
        typed += (unsigned long)n;
    CHECK(errno == EAGAIN && typed >= 1000 && typed < 200000);
    CHECK(read(p.slave, in, 1000) == 1000);
}

/* ---- Ends ---- */

static void a_closed_slave(void)
{
    struct pair p = open_pair();
    char byte;
    fcntl(p.master, F_SETFL, O_NONBLOCK);
    CHECK(read(p.master, &byte, 1) == -1 && errno == EAGAIN);
    type(p.slave, "l");
    close(p.slave);
    CHECK(polled(p.master, POLLIN) == (POLLIN | POLLHUP));
    CHECK(read(p.master, &byte, 1) == 1 && byte == 'l');
    CHECK(read(p.master, &byte, 1) == -1 && errno == EIO);
    CHECK(polled(p.master, POLLIN) & POLLHUP);
    p.slave = ioctl(p.master, TIOCGPTPEER, O_RDWR | O_NOCTTY); // it can be opened again
    CHECK(p.slave >= 0);
    CHECK(read(p.master, &byte, 1) == -1 && errno == EAGAIN);
    CHECK(!(polled(p.master, POLLIN) & POLLHUP));
}

static void a_closed_master(void)
{
    struct pair p = open_pair();
    char byte;
    struct termios settings;
    close(p.master);
    CHECK(read(p.slave, &byte, 1) == 0);
    CHECK(write(p.slave, "x", 1) == -1 && errno == EIO);
    CHECK(tcgetattr(p.slave, &settings) == -1 && errno == EIO);
    CHECK((polled(p.slave, POLLIN | POLLOUT) & (POLLHUP | POLLERR)) == (POLLHUP | POLLERR));
}

static void a_reader_hears_of_the_end(void)
{
    struct pair p = open_pair();
    pid_t child = fork();
    if (child == 0) {
        char byte;
        close(p.master);
        _exit(read(p.slave, &byte, 1) <= 0 ? 0 : 1); // no more, or EIO
    }
    close(p.slave);
    sleep_ms(50);
    close(p.master);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* ---- Sessions ---- */

static volatile sig_atomic_t hangups, interrupts, resized;
static void note(int number)
{
    hangups += number == SIGHUP;
    interrupts += number == SIGINT;
    resized += number == SIGWINCH;
}

static void catch (int number)
{
    struct sigaction action = {.sa_handler = note};
    sigaction(number, &action, NULL);
}

static void a_session_of_its_own(void)
{
    struct pair p = open_pair();
    int back[2];
    char report = 0;
    CHECK(pipe(back) == 0);
    pid_t child = fork();
    if (child == 0) {
        close(p.master);
        CHECK(setsid() > 0);
        CHECK(open("/dev/tty", O_RDWR) == -1 && errno == ENXIO);
        CHECK(ioctl(p.slave, TIOCSCTTY, 0) == 0);
        int tty = open("/dev/tty", O_RDWR);
        CHECK(tty >= 0 && tcgetsid(p.slave) == getpid() && tcgetpgrp(p.slave) == getpid());
        catch (SIGINT);
        catch (SIGWINCH);
        catch (SIGHUP);
        CHECK(write(back[1], "r", 1) == 1);
        while (!interrupts || !resized)
            sleep_ms(5);
        CHECK(write(back[1], "s", 1) == 1);
        while (!hangups)
            sleep_ms(5);
        CHECK(open("/dev/tty", O_RDWR) == -1); // taken away
        _exit(0);
    }
    CHECK(read(back[0], &report, 1) == 1);
    pid_t group = 0, session = 0;
    CHECK(ioctl(p.master, TIOCGPGRP, &group) == 0 && group == child);
    CHECK(ioctl(p.master, TIOCGSID, &session) == 0 && session == child);
    CHECK(ioctl(p.slave, TIOCGPGRP, &group) == -1 && errno == ENOTTY); // not ours
    struct winsize window = {40, 132, 0, 0}, seen;
    CHECK(ioctl(p.master, TIOCSWINSZ, &window) == 0);
    CHECK(ioctl(p.slave, TIOCGWINSZ, &seen) == 0 && seen.ws_row == 40 && seen.ws_col == 132);
    type(p.master, "\003");
    CHECK(read(back[0], &report, 1) == 1 && report == 's');
    close(p.slave);
    close(p.master);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* The slave is open as long as a file of it is, by whatever name it was opened. */
static void the_terminal_by_its_other_name(void)
{
    struct pair p = open_pair();
    pid_t child = fork();
    if (child == 0) {
        close(p.master);
        CHECK(setsid() > 0 && ioctl(p.slave, TIOCSCTTY, 0) == 0);
        int tty = open("/dev/tty", O_RDWR);
        CHECK(tty >= 0 && close(tty) == 0);
        tty = open("/dev/tty", O_RDWR);
        CHECK(tty >= 0 && close(p.slave) == 0);
        CHECK(write(tty, "yes", 3) == 3);
        sleep_ms(50);
        _exit(0);
    }
    close(p.slave);
    char text[4] = "";
    sleep_ms(25);
    CHECK(read(p.master, text, 3) == 3 && strcmp(text, "yes") == 0);
    CHECK(read(p.master, text, 1) == -1 && errno == EIO);
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    close(p.master);
}

static void opening_makes_it_ours(void)
{
    struct pair p = open_pair();
    char name[64];
    unsigned number;
    CHECK(ioctl(p.master, TIOCGPTN, &number) == 0);
    snprintf(name, sizeof name, "/dev/pts/%u", number);
    pid_t child = fork();
    if (child == 0) {
        CHECK(setsid() > 0);
        int slave = open(name, O_RDWR | O_NOCTTY);
        CHECK(slave >= 0 && open("/dev/tty", O_RDWR) == -1);
        slave = open(name, O_RDWR);
        CHECK(slave >= 0 && open("/dev/tty", O_RDWR) >= 0);
        CHECK(ioctl(slave, TIOCNOTTY) == 0 || hangups);
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(status == 0 || (WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP));
    CHECK(write(p.slave, "still", 5) == 5); // the leader's end does not close our files
}

static void background_reads_stop(void)
{
    struct pair p = open_pair();
    pid_t child = fork();
    if (child == 0) {
        int status;
        CHECK(setsid() > 0 && ioctl(p.slave, TIOCSCTTY, 0) == 0);
        pid_t reader = fork();
        if (reader == 0) {
            char byte;
            setpgid(0, 0);
            _exit(read(p.slave, &byte, 1) == 1 ? 0 : 1);
        }
        setpgid(reader, reader);
        CHECK(waitpid(reader, &status, WUNTRACED) == reader);
        CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN);
        CHECK(tcsetpgrp(p.slave, reader) == 0 && kill(-reader, SIGCONT) == 0);
        type(p.master, "y\n");
        CHECK(waitpid(reader, &status, 0) == reader && status == 0);
        signal(SIGTTOU, SIG_IGN);
        CHECK(tcsetpgrp(p.slave, getpid()) == 0);
        CHECK(tcsetpgrp(p.slave, 999999) == -1 && (errno == ESRCH || errno == EPERM));
        _exit(0);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
}

/* ---- Packets ---- */

static void packet_mode(void)
{
    struct pair p = open_pair();
    char got[16];
    int on = 1, is = 0;
    CHECK(ioctl(p.master, TIOCPKT, &on) == 0);
    CHECK(ioctl(p.master, TIOCGPKT, &is) == 0 && is == 1);
    type(p.slave, "data");
    CHECK(read(p.master, got, sizeof got) == 5 && got[0] == TIOCPKT_DATA && got[4] == 'a');
    CHECK(tcflush(p.slave, TCIFLUSH) == 0);
    CHECK((polled(p.master, POLLIN | POLLPRI) & POLLPRI) == POLLPRI);
    CHECK(read(p.master, got, sizeof got) == 1 && got[0] == TIOCPKT_FLUSHREAD);
    CHECK(tcflow(p.slave, TCOOFF) == 0);
    CHECK(read(p.master, got, sizeof got) == 1 && got[0] == TIOCPKT_STOP);
    CHECK(tcflow(p.slave, TCOON) == 0);
    CHECK(read(p.master, got, sizeof got) == 1 && got[0] == TIOCPKT_START);
    struct termios settings;
    CHECK(tcgetattr(p.slave, &settings) == 0);
    settings.c_iflag &= (tcflag_t)~IXON;
    CHECK(tcsetattr(p.slave, TCSANOW, &settings) == 0);
    CHECK(read(p.master, got, sizeof got) == 1 && (got[0] & TIOCPKT_NOSTOP));
    on = 0;
    CHECK(ioctl(p.master, TIOCPKT, &on) == 0);
    type(p.slave, "x");
    CHECK(read(p.master, got, sizeof got) == 1 && got[0] == 'x');
}

/* ---- Settings ---- */

static void settings_are_kept(void)
{
    struct pair p = open_pair();
    struct termios settings, again;
    CHECK(tcgetattr(p.slave, &settings) == 0);
    CHECK(cfgetospeed(&settings) == B38400 && (settings.c_cflag & CSIZE) == CS8);
    CHECK((settings.c_lflag & (ICANON | ECHO | ISIG)) == (ICANON | ECHO | ISIG));
    CHECK(settings.c_cc[VINTR] == 3 && settings.c_cc[VEOF] == 4 && settings.c_cc[VMIN] == 1);
    settings.c_iflag |= IXANY;
    settings.c_cc[VMIN] = 7;
    CHECK(tcsetattr(p.slave, TCSADRAIN, &settings) == 0);
    CHECK(tcgetattr(p.master, &again) == 0); // both sides have the same
    CHECK((again.c_iflag & IXANY) && again.c_cc[VMIN] == 7);
    CHECK(tcdrain(p.slave) == 0 && tcsendbreak(p.slave, 0) == 0);
    CHECK(tcflush(p.slave, 9) == -1 && errno == EINVAL);
    CHECK(tcflow(p.slave, 9) == -1 && errno == EINVAL);
    CHECK(ioctl(p.slave, 0x54ff, 0) == -1 && errno == ENOTTY);
    CHECK(ioctl(p.slave, TCGETS, NULL) == -1 && errno == EFAULT);
    int number = -1;
    CHECK(ioctl(p.slave, TIOCGETD, &number) == 0 && number == 0);
}

static void settings_in_the_old_form(void)
{
    struct pair p = open_pair();
    struct termios settings;
    struct termio old;
    CHECK(ioctl(p.slave, TCGETA, &old) == 0);
    CHECK((old.c_lflag & (ICANON | ECHO | ISIG)) == (ICANON | ECHO | ISIG));
    CHECK(old.c_cc[VINTR] == 3 && old.c_cc[VEOF] == 4 && old.c_cc[VMIN] == 1);
    CHECK(tcgetattr(p.slave, &settings) == 0);
    const tcflag_t high = settings.c_lflag | 1u << 30;
    settings.c_lflag = high;
    CHECK(tcsetattr(p.slave, TCSANOW, &settings) == 0);
    old.c_lflag &= (unsigned short)~ECHO;
    old.c_cc[VINTR] = 5;
    CHECK(ioctl(p.slave, TCSETA, &old) == 0);
    CHECK(tcgetattr(p.slave, &settings) == 0);
    CHECK(settings.c_lflag == (high & ~(tcflag_t)ECHO)); // what the old form has no place for stays
    CHECK(settings.c_cc[VINTR] == 5 && settings.c_cc[VSTART] == 17);
    CHECK(ioctl(p.slave, TCSETAW, &old) == 0);
    type(p.master, "typed\n");
    struct pollfd typed = {.fd = p.slave, .events = POLLIN};
    CHECK(poll(&typed, 1, 10000) == 1); // Linux carries it over in the background
    CHECK(ioctl(p.slave, TCSETAF, &old) == 0 && polled(p.slave, POLLIN) == 0);
    CHECK(ioctl(p.slave, TCGETA, NULL) == -1 && errno == EFAULT);
    CHECK(ioctl(p.slave, TCSETA, NULL) == -1 && errno == EFAULT);
}

static void locked_settings_stay(void)
{
    struct pair p = open_pair();
    struct termios settings, locked;
    CHECK(ioctl(p.slave, TIOCGLCKTRMIOS, &locked) == 0);
    CHECK(locked.c_lflag == 0 && locked.c_cc[VINTR] == 0);
    locked.c_lflag = ECHO;
    locked.c_cc[VINTR] = 1;
    CHECK(ioctl(p.slave, TIOCSLCKTRMIOS, &locked) == 0);
    CHECK(tcgetattr(p.slave, &settings) == 0);
    settings.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
    settings.c_cc[VINTR] = settings.c_cc[VQUIT] = 9;
    CHECK(tcsetattr(p.slave, TCSANOW, &settings) == 0);
    CHECK(tcgetattr(p.slave, &settings) == 0);
    CHECK((settings.c_lflag & (ECHO | ISIG)) == ECHO);
    CHECK(settings.c_cc[VINTR] == 3 && settings.c_cc[VQUIT] == 9);
    CHECK(ioctl(p.slave, TIOCSLCKTRMIOS, NULL) == -1 && errno == EFAULT);
    CHECK(seteuid(1000) == 0);
    CHECK(ioctl(p.slave, TIOCSLCKTRMIOS, &locked) == -1 && errno == EPERM);
    CHECK(seteuid(0) == 0);
}

static void translations(void)
{
    struct pair p = open_pair();
    struct termios settings;
    set_local(p.slave, 0, ECHO);
    CHECK(tcgetattr(p.slave, &settings) == 0);
    const struct termios usual = settings;
    settings.c_iflag = INLCR;
    settings.c_lflag &= (tcflag_t)~ICANON;
    CHECK(tcsetattr(p.slave, TCSANOW, &settings) == 0);
    type(p.master, "a\nb");
    CHECK(strcmp(comes(p.slave), "a\rb") == 0);
    settings.c_iflag = IGNCR | ISTRIP;
    CHECK(tcsetattr(p.slave, TCSANOW, &settings) == 0);
    type(p.master, "a\rb\xc1");
    CHECK(strcmp(comes(p.slave), "abA") == 0);
    settings.c_iflag = IUCLC;
    CHECK(tcsetattr(p.slave, TCSANOW, &settings) == 0);
    type(p.master, "HeLLo");
    CHECK(strcmp(comes(p.slave), "hello") == 0);
    settings = usual;
    settings.c_oflag = OPOST | OLCUC;
    CHECK(tcsetattr(p.slave, TCSANOW, &settings) == 0);
    type(p.slave, "up\n");
    CHECK(strcmp(comes(p.master), "UP\n") == 0);
    settings.c_oflag = OPOST | OCRNL | XTABS;
    CHECK(tcsetattr(p.slave, TCSANOW, &settings) == 0);
    type(p.slave, "\ra\tb");
    CHECK(strcmp(comes(p.master), "\na     b") == 0);
    settings = usual;
    settings.c_iflag = PARMRK;
    settings.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
    CHECK(tcsetattr(p.slave, TCSANOW, &settings) == 0);
    type(p.master, "\xff");
    CHECK(strcmp(comes(p.slave), "\xff\xff") == 0);
}

static void minimum_and_time(void)
{
    struct pair p = open_pair();
    struct termios settings;
    char got[16];
    set_raw(p.slave);
    CHECK(tcgetattr(p.slave, &settings) == 0);
    settings.c_cc[VMIN] = 0;
    settings.c_cc[VTIME] = 0;
    CHECK(tcsetattr(p.slave, TCSANOW, &settings) == 0);
    CHECK(read(p.slave, got, 16) == 0);
    settings.c_cc[VTIME] = 2;
    CHECK(tcsetattr(p.slave, TCSANOW, &settings) == 0);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    CHECK(read(p.slave, got, 16) == 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    CHECK((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 >=
          150);
    settings.c_cc[VMIN] = 3;
    settings.c_cc[VTIME] = 0;
    CHECK(tcsetattr(p.slave, TCSANOW, &settings) == 0);
    type(p.master, "ab");
    CHECK(polled(p.slave, POLLIN) == 0);
    pid_t child = fork();
    if (child == 0) {
        sleep_ms(50);
        type(p.master, "c");
        _exit(0);
    }
    CHECK(read(p.slave, got, 16) == 3);
    waitpid(child, NULL, 0);
}

static void stopped_output_waits(void)
{
    struct pair p = open_pair();
    set_local(p.slave, 0, ECHO);
    type(p.master, "\023"); // ^S
    fcntl(p.slave, F_SETFL, O_NONBLOCK);
    sleep_ms(30);
    CHECK(write(p.slave, "x", 1) == -1 && errno == EAGAIN);
    type(p.master, "\021"); // ^Q
    sleep_ms(30);
    CHECK(write(p.slave, "x", 1) == 1);
    CHECK(strcmp(comes(p.master), "x") == 0);
    CHECK(tcflow(p.slave, TCIOFF) == 0);
    CHECK(strcmp(comes(p.master), "\023") == 0);
}

static void typed_by_program(void)
{
    struct pair p = open_pair();
    char got[8];
    set_local(p.slave, 0, ECHO);
    CHECK(ioctl(p.slave, TIOCSTI, "k") == 0 && ioctl(p.slave, TIOCSTI, "\n") == 0);
    CHECK(read(p.slave, got, 8) == 2 && got[0] == 'k');
    CHECK(ioctl(p.slave, TIOCSTI, NULL) == -1 && errno == EFAULT);
    CHECK(ioctl(p.slave, TIOCEXCL) == 0);
    CHECK(setgid(1000) == 0 && setuid(1000) == 0);
    // EIO since Linux 6.2, where the call is off for whoever has no CAP_SYS_ADMIN.
    CHECK(ioctl(p.slave, TIOCSTI, "k") == -1 && (errno == EPERM || errno == EIO));
    CHECK(ioctl(p.master, TIOCGPTPEER, O_RDWR | O_NOCTTY) == -1 && errno == EBUSY);
    CHECK(ioctl(p.slave, TIOCNXCL) == 0);
}

static void many_come_and_go(void)
{
    for (int round = 0; round < 5; round++) {
        struct pair pairs[60];
        for (int i = 0; i < 60; i++)
            pairs[i] = open_pair();
        for (int i = 0; i < 60; i++) {
            type(pairs[i].slave, "!");
            CHECK(strcmp(comes(pairs[i].master), "!") == 0);
            close(i % 2 ? pairs[i].master : pairs[i].slave);
            close(i % 2 ? pairs[i].slave : pairs[i].master);
        }
    }
    int last = open("/dev/ptmx", O_RDWR);
    unsigned number;
    CHECK(ioctl(last, TIOCGPTN, &number) == 0 && number < 10); // numbers are used again
}

static const struct test_case cases[] = {
    CASE(names_and_numbers),
    CASE(a_peer_is_its_file),
    CASE(lines_go_both_ways),
    CASE(raw_bytes_pass),
    CASE(bulk_waits_for_readers),
    CASE(a_closed_slave),
    CASE(a_closed_master),
    CASE(a_reader_hears_of_the_end),
    CASE(a_session_of_its_own),
    CASE(the_terminal_by_its_other_name),
    CASE(opening_makes_it_ours),
    CASE(background_reads_stop),
    CASE(packet_mode),
    CASE(settings_are_kept),
    CASE(settings_in_the_old_form),
    CASE(locked_settings_stay),
    CASE(translations),
    CASE(minimum_and_time),
    CASE(stopped_output_waits),
    CASE(typed_by_program),
    CASE(many_come_and_go),
};

int main(void)
{
    mkdir("/dev/pts", 0755);
    if (mount("devpts", "/dev/pts", "devpts", 0, "gid=5,mode=620,ptmxmode=666") != 0 &&
        errno != EBUSY)
        perror("devpts");
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
