/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/*
 * Programs and interpreters whose headers lie: each field of a small dynamic program gets each of a
 * list of awkward values in turn. What became of each is printed, one line a program, so that the
 * output can be compared between kernels. A program that runs ends with status 42; where it begins
 * elsewhere are zeros, which fault on every architecture.
 */
#include <elf.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "check.h"
#include "exit_code.h"

#define PAGE        4096
#define PROGRAM     "/tmp/hostile"
#define INTERPRETER "/tmp/hostile-interpreter"

enum { HEADERS = 4, FILE_BYTES = 3 * PAGE };

struct file {
    Elf64_Ehdr header;
    Elf64_Phdr segments[HEADERS];
    char interpreter[sizeof INTERPRETER];
    char rest[FILE_BYTES - sizeof(Elf64_Ehdr) - HEADERS * sizeof(Elf64_Phdr) - sizeof INTERPRETER];
};

static unsigned short machine_of_this(void)
{
    Elf64_Ehdr header;
    int fd = open("/proc/self/exe", O_RDONLY);
    CHECK(fd >= 0 && read(fd, &header, sizeof header) == sizeof header);
    close(fd);
    return header.e_machine;
}

static void make(struct file *file, int type, int with_interpreter)
{
    const unsigned long base = type == ET_DYN ? 0 : 0x10000000;
    memset(file, 0, sizeof *file);
    memcpy(file->header.e_ident, ELFMAG, SELFMAG);
    file->header.e_ident[EI_CLASS] = ELFCLASS64;
    file->header.e_ident[EI_DATA] = ELFDATA2LSB;
    file->header.e_ident[EI_VERSION] = EV_CURRENT;
    file->header.e_type = (Elf64_Half)type;
    file->header.e_machine = machine_of_this();
    file->header.e_version = EV_CURRENT;
    file->header.e_entry = base + PAGE;
    file->header.e_phoff = offsetof(struct file, segments);
    file->header.e_ehsize = sizeof file->header;
    file->header.e_phentsize = sizeof file->segments[0];
    file->header.e_phnum = HEADERS;
    strcpy(file->interpreter, INTERPRETER);
    memcpy((char *)file + PAGE, EXIT_42, sizeof EXIT_42);
    file->segments[0] = (Elf64_Phdr){.p_type = with_interpreter ? PT_INTERP : PT_NULL,
                                     .p_offset = offsetof(struct file, interpreter),
                                     .p_filesz = sizeof file->interpreter};
    file->segments[1] = (Elf64_Phdr){.p_type = PT_LOAD,
                                     .p_flags = PF_R | PF_X,
                                     .p_vaddr = base,
                                     .p_filesz = 2 * PAGE,
                                     .p_memsz = 2 * PAGE,
                                     .p_align = PAGE};
    file->segments[2] = (Elf64_Phdr){.p_type = PT_LOAD,
                                     .p_flags = PF_R | PF_W,
                                     .p_offset = 2 * PAGE,
                                     .p_vaddr = base + 4 * PAGE,
                                     .p_filesz = PAGE / 2,
                                     .p_memsz = 3 * PAGE,
                                     .p_align = PAGE};
    file->segments[3] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
}

static void write_file(const char *path, const struct file *file)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    CHECK(fd >= 0 && write(fd, file, sizeof *file) == sizeof *file);
    CHECK(close(fd) == 0);
}

/* The end of PROGRAM, as one number: its errno, or 1000 and the signal that it died of. */
static int outcome(void)
{
    int status;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        const struct rlimit none = {0, 0}, seconds = {5, 5};
        setrlimit(RLIMIT_CORE, &none);
        setrlimit(RLIMIT_CPU, &seconds);
        execl(PROGRAM, PROGRAM, NULL);
        _exit(errno);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

struct field {
    const char *name;
    size_t offset, bytes;
};

#define OF_HEADER(name)  {#name, offsetof(Elf64_Ehdr, name), sizeof(((Elf64_Ehdr *)0)->name)}
#define OF_SEGMENT(name) {#name, offsetof(Elf64_Phdr, name), sizeof(((Elf64_Phdr *)0)->name)}
#define COUNT(array)     (sizeof(array) / sizeof((array)[0]))

static const struct field header_fields[] = {
    {"magic", 0, 4},        {"class", EI_CLASS, 1}, {"data", EI_DATA, 1}, OF_HEADER(e_type),
    OF_HEADER(e_machine),   OF_HEADER(e_version),   OF_HEADER(e_entry),   OF_HEADER(e_phoff),
    OF_HEADER(e_phentsize), OF_HEADER(e_phnum),     OF_HEADER(e_ehsize),  OF_HEADER(e_shoff),
};
static const struct field segment_fields[] = {
    OF_SEGMENT(p_type),  OF_SEGMENT(p_flags),  OF_SEGMENT(p_offset), OF_SEGMENT(p_vaddr),
    OF_SEGMENT(p_paddr), OF_SEGMENT(p_filesz), OF_SEGMENT(p_memsz),  OF_SEGMENT(p_align),
};

static const unsigned long values[] = {
    0,
    1,
    2,
    3,
    7,
    8,
    56,
    64,
    PAGE - 1,
    PAGE,
    PAGE + 1,
    3 * PAGE,
    0x7fff,
    0x8000,
    0xffff,
    0x10000,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x100000000,
    0x7fffffffe000,
    0x7ffffffff000,
    0x800000000000,
    0x7fffffffffffffff,
    0x8000000000000000,
    0xfffffffffffff000,
    0xffffffffffffffff,
};

/*
 * Every awkward value in @field at @base of @file, which is written to @path each time. @number: of
 * the segment, 0 for the file's header.
 */
static void try_field(const char *role, const char *path, struct file *file, size_t base,
                      int number, const struct field *field)
{
    char *at = (char *)file + base + field->offset;
    char kept[8];
    memcpy(kept, at, field->bytes);
    printf("%s%d.%s:", role, number, field->name);
    for (size_t i = 0; i < COUNT(values); i++) {
        memcpy(at, &values[i], field->bytes);
        write_file(path, file);
        printf(" %d", outcome());
    }
    printf("\n");
    memcpy(at, kept, field->bytes);
    write_file(path, file);
}

static void try_all(const char *role, const char *path, struct file *file)
{
    write_file(path, file);
    printf("%s: %d\n", role, outcome());
    for (size_t i = 0; i < COUNT(header_fields); i++)
        try_field(role, path, file, 0, 0, &header_fields[i]);
    for (int segment = 0; segment < HEADERS; segment++)
        for (size_t i = 0; i < COUNT(segment_fields); i++)
            try_field(role, path, file,
                      offsetof(struct file, segments) + (size_t)segment * sizeof(Elf64_Phdr),
                      segment + 1, &segment_fields[i]);
}

int main(void)
{
    static struct file program, interpreter;
    make(&program, ET_EXEC, 0);
    try_all("static", PROGRAM, &program);
    make(&program, ET_DYN, 1);
    make(&interpreter, ET_DYN, 0);
    write_file(INTERPRETER, &interpreter);
    try_all("program", PROGRAM, &program);
    try_all("interpreter", INTERPRETER, &interpreter);
    return unlink(PROGRAM) != 0 || unlink(INTERPRETER) != 0;
}
