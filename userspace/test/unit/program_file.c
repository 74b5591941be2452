/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
/* The readers of ELF programs and of script lines. */
#include <helix/lib/string.h>
#include <helix/lib/test.h>

#include "exec/elf.h"
#include "exec/script.h"

#define FILE_BYTES 0x3000u
#define LIMIT      0x7ffffffff000ull

struct image {
    struct elf64_header header;
    struct elf64_segment segments[4];
};

/* Text and data as a linker lays them out: the second with a bss. */
static struct image usual_image(void)
{
    struct image image = {
        .header = {.ident = {0x7f, 'E', 'L', 'F', ELF_CLASS_64, ELF_DATA_LITTLE, 1},
                   .type = ELF_TYPE_EXEC,
                   .machine = ELF_MACHINE_X86_64,
                   .entry = 0x401000,
                   .program_offset = sizeof(struct elf64_header),
                   .program_entry_size = sizeof(struct elf64_segment),
                   .program_count = 2},
    };
    image.segments[0] = (struct elf64_segment){.type = ELF_SEGMENT_LOAD,
                                               .flags = ELF_SEGMENT_READ | ELF_SEGMENT_EXECUTE,
                                               .virtual_address = 0x400000,
                                               .file_size = 0x1200,
                                               .memory_size = 0x1200,
                                               .alignment = PAGE_SIZE};
    image.segments[1] = (struct elf64_segment){.type = ELF_SEGMENT_LOAD,
                                               .flags = ELF_SEGMENT_READ | ELF_SEGMENT_WRITE,
                                               .offset = 0x1e10,
                                               .virtual_address = 0x402e10,
                                               .file_size = 0x200,
                                               .memory_size = 0x5000,
                                               .alignment = PAGE_SIZE};
    return image;
}

static helix_status read_image(const struct image *image, struct elf_program *program)
{
    u64 offset, bytes;
    const helix_status status =
        elf_check_header(image, sizeof *image, ELF_MACHINE_X86_64, FILE_BYTES, &offset, &bytes);
    if (status != HELIX_OK)
        return status;
    return elf_read_program(&image->header, (const u8 *)image + offset, FILE_BYTES, LIMIT, program);
}

HELIX_TEST(elf, reads_segments_as_pages)
{
    const struct image image = usual_image();
    struct elf_program program;
    REQUIRE(t, read_image(&image, &program) == HELIX_OK);
    EXPECT(t, program.segment_count == 2 && program.low == 0x400000 && program.high == 0x408000);
    EXPECT(t, program.headers_address == 0x400000 + sizeof(struct elf64_header));
    EXPECT(t, program.segments[1].address == 0x402000 && program.segments[1].file_offset == 0x1000);
    EXPECT(t, program.segments[1].file_bytes == 0xe10 + 0x200);
    EXPECT(t, program.segments[1].memory_bytes == 0xe10 + 0x5000);
    EXPECT(t, program.interpreter_bytes == 0 && !program.executable_stack);
}

HELIX_TEST(elf, refuses_what_is_for_another_machine_or_no_program)
{
    struct elf_program program;
    struct image image = usual_image();
    image.header.machine = ELF_MACHINE_AARCH64;
    EXPECT(t, read_image(&image, &program) == HELIX_E_NOT_EXEC);
    image = usual_image();
    image.header.type = ELF_TYPE_REL;
    EXPECT(t, read_image(&image, &program) == HELIX_E_NOT_EXEC);
    image = usual_image();
    image.header.ident[ELF_IDENT_CLASS] = 1;
    EXPECT(t, read_image(&image, &program) == HELIX_E_NOT_EXEC);
    image = usual_image();
    image.header.program_count = 0;
    EXPECT(t, read_image(&image, &program) == HELIX_E_NOT_EXEC);
    u64 offset, bytes;
    EXPECT(t, elf_check_header(&image, 10, ELF_MACHINE_X86_64, 10, &offset, &bytes) ==
                  HELIX_E_NOT_EXEC);
}

HELIX_TEST(elf, refuses_segments_that_wrap_leave_the_file_or_overlap)
{
    static const struct {
        u64 offset, address, file_size, memory_size;
    } cases[] = {
        {0x1e10, 0x402e20, 0x200, 0x5000},             // offset and address differ in their page
        {0x1e10, 0x402e10, 0x5001, 0x5000},            // more in the file than in memory
        {0x1e10, 0x402e10, 0x2000, 0x5000},            // beyond the end of the file
        {0x1e10, 0x402e10, 0x200, UINT64_MAX},         // wraps
        {0x1e10, 0x7ffffffffe10, 0x100, 0x200},        // beyond user space
        {UINT64_MAX - 0x1ef, 0x402e10, 0x200, 0x5000}, // file offset wraps
        {0x1010, 0x401010, 0x200, 0x5000},             // overlaps the first
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        struct image image = usual_image();
        struct elf_program program;
        image.segments[1].offset = cases[i].offset;
        image.segments[1].virtual_address = cases[i].address;
        image.segments[1].file_size = cases[i].file_size;
        image.segments[1].memory_size = cases[i].memory_size;
        EXPECT(t, read_image(&image, &program) == HELIX_E_NOT_EXEC);
    }
}

HELIX_TEST(elf, tells_of_interpreter_and_stack)
{
    struct image image = usual_image();
    struct elf_program program;
    image.header.program_count = 4;
    image.segments[2] =
        (struct elf64_segment){.type = ELF_SEGMENT_INTERPRETER, .offset = 0x100, .file_size = 28};
    image.segments[3] =
        (struct elf64_segment){.type = ELF_SEGMENT_GNU_STACK, .flags = ELF_SEGMENT_EXECUTE};
    REQUIRE(t, read_image(&image, &program) == HELIX_OK);
    EXPECT(t, program.interpreter_offset == 0x100 && program.interpreter_bytes == 28);
    EXPECT(t, program.executable_stack);
    image.segments[2].offset = FILE_BYTES;
    EXPECT(t, read_image(&image, &program) == HELIX_E_IO);
    image.segments[2].offset = UINT64_MAX;
    EXPECT(t, read_image(&image, &program) == HELIX_E_INVAL);
}

HELIX_TEST(script, splits_interpreter_and_one_argument)
{
    static const struct {
        const char *head, *interpreter, *argument;
    } cases[] = {
        {"#!/bin/sh\n", "/bin/sh", NULL},
        {"#! \t/bin/sh  \t\nrest", "/bin/sh", NULL},
        {"#!/usr/bin/env  sh -x  \n", "/usr/bin/env", "sh -x"},
        {"#!/bin/sh", "/bin/sh", NULL}, // a file that ends there
    };
    for (size_t i = 0; i < array_count(cases); i++) {
        struct script_line line;
        REQUIRE(t, script_read_line(cases[i].head, strlen(cases[i].head), &line) == HELIX_OK);
        EXPECT(t, strcmp(line.interpreter, cases[i].interpreter) == 0);
        EXPECT(t, line.have_argument == (cases[i].argument != NULL));
        EXPECT(t, !cases[i].argument || strcmp(line.argument, cases[i].argument) == 0);
    }
}

HELIX_TEST(script, refuses_no_name_and_a_name_cut_off)
{
    struct script_line line;
    char long_name[SCRIPT_HEAD_BYTES];
    memset(long_name, 'x', sizeof long_name);
    memcpy(long_name, "#!/", 3);
    EXPECT(t, script_read_line(long_name, sizeof long_name, &line) == HELIX_E_NOT_EXEC);
    EXPECT(t, script_read_line("#!\n", 3, &line) == HELIX_E_NOT_EXEC);
    EXPECT(t, script_read_line("#!   ", 5, &line) == HELIX_E_NOT_EXEC);
    EXPECT(t, script_read_line("#", 1, &line) == HELIX_E_NOT_EXEC);
    EXPECT(t, script_read_line("ELF", 3, &line) == HELIX_E_NOT_EXEC);
}
