/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* Files of /proc that programs parse: each has the fields that they look for. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "check.h"
#include "cpu_fields.h"

/* The whole text of a small file, or "" when it cannot be read. */
static const char *text_of(const char *path)
{
    static char text[1 << 16];
    int fd = open(path, O_RDONLY);
    size_t used = 0;
    ssize_t n;
    while (fd >= 0 && (n = read(fd, text + used, sizeof text - 1 - used)) > 0)
        used += (size_t)n;
    close(fd);
    text[used] = 0;
    return text;
}

/* The number behind "@name:" at the start of a line; -1: there is none. */
static long field(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = text; at && *at; at = strchr(at, '\n'), at += at != NULL) {
        if (strncmp(at, name, length) == 0 && at[length] == ':')
            return strtol(at + length + 1, NULL, 0);
    }
    return -1;
}

static void descriptors(void)
{
    char path[64];
    int fd = open("/proc/self/exe", O_RDONLY | O_NONBLOCK);
    CHECK(fd >= 0 && lseek(fd, 123, SEEK_SET) == 123);
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
    const char *text = text_of(path);
    CHECK(field(text, "pos") == 123);
    CHECK((field(text, "flags") & (O_ACCMODE | O_NONBLOCK)) == O_NONBLOCK);
    CHECK(field(text, "mnt_id") > 0);
    int folder = open("/proc", O_RDONLY | O_DIRECTORY | O_NOFOLLOW), pipes[2];
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", folder);
    CHECK(field(text_of(path), "flags") == fcntl(folder, F_GETFL));
    CHECK((fcntl(folder, F_GETFL) & O_DIRECTORY) && close(folder) == 0);
    CHECK(pipe(pipes) == 0);
    snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pipes[1]);
    CHECK((field(text_of(path), "flags") & O_ACCMODE) == O_WRONLY);
    close(pipes[1]);
    CHECK(access(path, F_OK) == -1);
    DIR *list = opendir("/proc/self/fdinfo");
    int seen = 0;
    for (struct dirent *entry; list && (entry = readdir(list)) != NULL;)
        seen += atoi(entry->d_name) == fd && entry->d_type == DT_REG;
    CHECK(seen == 1);
    closedir(list);
    close(pipes[0]);
    close(fd);
}

static void memory(void)
{
    enum { BYTES = 1 << 20 };
    char *area = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(area, 1, BYTES);
    const char *text = text_of("/proc/self/smaps_rollup");
    long rss = field(text, "Rss"), pss = field(text, "Pss"), anonymous = field(text, "Anonymous");
    CHECK(strstr(text, "[rollup]\n") != NULL);
    CHECK(rss >= BYTES / 1024 && pss > 0 && pss <= rss);
    CHECK(anonymous >= BYTES / 1024 && anonymous <= rss);
    CHECK(field(text, "Private_Dirty") >= BYTES / 1024);
    long sum = 0;
    text = text_of("/proc/self/smaps");
    for (const char *at = text; (at = strstr(at, "\nRss:")) != NULL; at++)
        sum += field(at + 1, "Rss");
    CHECK(labs(sum - rss) < 256);
    munmap(area, BYTES);
}

static void one_line_files(void)
{
    unsigned long long run = 0, wait = 0, turns = 0;
    CHECK(sscanf(text_of("/proc/self/schedstat"), "%llu %llu %llu", &run, &wait, &turns) == 3);
    CHECK(strcmp(text_of("/proc/self/personality"), "00000000\n") == 0);
    CHECK(access("/proc/self/cgroup", R_OK) == 0 && *text_of("/proc/self/cgroup") == 0);
    CHECK(strcmp(text_of("/proc/self/uid_map"), "         0          0 4294967295\n") == 0);
    CHECK(strcmp(text_of("/proc/self/gid_map"), "         0          0 4294967295\n") == 0);
    CHECK(prctl(PR_SET_TIMERSLACK, 70000) == 0);
    CHECK(strcmp(text_of("/proc/self/timerslack_ns"), "70000\n") == 0);
    CHECK(prctl(PR_SET_TIMERSLACK, 0) == 0);
}

/* One record for each CPU, each ended by an empty line. */
static void processors(void)
{
    const char *text = text_of("/proc/cpuinfo");
    long records = 0, ends = 0;
    for (const char *at = text; at && *at; at = strchr(at, '\n'), at += at != NULL) {
        records += strncmp(at, "processor\t:", 11) == 0;
        ends += *at == '\n';
    }
    CHECK(records == sysconf(_SC_NPROCESSORS_ONLN) && ends == records);
    static const char *const fields[] = {CPU_FIELDS};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        CHECK(field(text, fields[i]) >= 0);
    text = text_of("/sys/devices/system/cpu/cpu0/topology/core_siblings_list");
    CHECK(text[0] == '0');
    CHECK(text_of("/sys/devices/system/cpu/cpu0/topology/thread_siblings")[0] != 0);
}

/* As many areas as pages: neighbours differ in what is allowed. */
static char *map_stripes(size_t pages)
{
    char *base = mmap(NULL, pages * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(base != MAP_FAILED);
    for (size_t i = 1; i < pages; i += 2)
        CHECK(mprotect(base + i * 4096, 4096, PROT_NONE) == 0);
    return base;
}

/* A read gives whole records, and the next one goes on behind them. */
static void long_lists_come_in_pieces(void)
{
    char piece[8192];
    char *base = map_stripes(400);
    const int file = open("/proc/self/maps", O_RDONLY);
    unsigned long last = 0, stripes = 0, reads = 0;
    ssize_t bytes;
    while ((bytes = read(file, piece, sizeof piece - 1)) > 0) {
        reads++;
        piece[bytes] = 0;
        CHECK(piece[bytes - 1] == '\n');
        for (char *line = strtok(piece, "\n"); line; line = strtok(NULL, "\n")) {
            const unsigned long start = strtoul(line, NULL, 16);
            CHECK(start > last);
            stripes += start >= (unsigned long)base && start < (unsigned long)base + 400 * 4096;
            last = start;
        }
    }
    CHECK(bytes == 0 && reads > 2 && stripes >= 398);
    char again[64];
    CHECK(pread(file, piece, 6000, 0) > 3000 && pread(file, again, 64, 100) == 64);
    CHECK(memcmp(piece + 100, again, 64) == 0);
    CHECK(close(file) == 0 && munmap(base, 400 * 4096) == 0);
}

static const struct test_case cases[] = {
    CASE(descriptors),    CASE(memory),     CASE(long_lists_come_in_pieces),
    CASE(one_line_files), CASE(processors),
};

int main(void)
{
    return run_cases(cases, sizeof cases / sizeof cases[0]);
}
