/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/userspace/task.h>

#include "exec/elf.h"
#include "exec/script.h"
#include "linux_task.h"

/* Private to execve(2). */

/*
 * Argument and environment strings, each with its NUL, one after the other: first all of argv, then
 * all of envp. Some room is kept in front, where scripts put words.
 */
struct exec_strings {
    char *memory;
    size_t capacity;
    size_t start, end; // of the text in memory
    size_t limit;      // bytes of text and pointers allowed
    unsigned argument_count, environment_count;
};

/* A file, and the program in it. */
struct exec_image {
    struct file *file;
    char head[SCRIPT_HEAD_BYTES];
    size_t head_bytes;
    u64 file_bytes;
    struct elf_program program;
    u64 bias; // added to the file's addresses
};

struct exec_attempt {
    struct exec_image image;
    struct exec_image *interpreter; // that the program names (PT_INTERP); NULL: none
    struct exec_strings strings;
    const char *name; // what was asked for: AT_EXECFN
    char comm[16];
    struct vm_space *space; // the new one
    struct credentials *credentials;
    bool secure; // AT_SECURE
    u32 personality;
    u32 randomize; // enum exec_randomize
    u64 stack_top, stack_pointer;
    u64 arguments_start, arguments_end, environment_start, environment_end;
    u64 auxv_start, auxv_end;
    vaddr vdso, signal_return;
};

/*
 * image.c. Find @path, check that the running task may execute it, and read its first bytes; then
 * the headers behind them. The file is image->file's reference also after an error.
 */
helix_status exec_image_open(struct exec_image *image, int dirfd, const char *path);
helix_status exec_image_read(struct exec_image *image);

/*
 * The program that @image names as its interpreter, opened and read. Errors: as for the program;
 * HELIX_E_BAD_INTERP it is no program of this machine, HELIX_E_NOT_EXEC its name is damaged.
 */
helix_status exec_image_interpreter(const struct exec_image *image,
                                    struct exec_image **interpreter_out);
void exec_image_close(struct exec_image *image); // of exec_image_interpreter()

/* exec_strings.c. @from_user: pointers to user memory, else kernel memory. */
void exec_strings_free(struct exec_strings *strings);
helix_status exec_strings_read_user(struct exec_strings *strings, u64 argv, u64 envp, size_t limit);
helix_status exec_strings_read_kernel(struct exec_strings *strings, const char *const *argv,
                                      const char *const *envp, size_t limit);
helix_status exec_strings_push_front(struct exec_strings *strings, const char *word);
void exec_strings_drop_first(struct exec_strings *strings);

/* load.c: build attempt->space from the program and its interpreter, with the vDSO. */
helix_status exec_load(struct exec_attempt *attempt);

/* stack.c: strings, vectors and the auxiliary vector at the top of attempt->space. */
helix_status exec_build_stack(struct exec_attempt *attempt);

/*
 * layout.c. /proc/sys/kernel/randomize_va_space: what lies where the kernel's random numbers put
 * it. A program with ADDR_NO_RANDOMIZE has nothing at random.
 */
enum exec_randomize {
    EXEC_RANDOMIZE_NONE,
    EXEC_RANDOMIZE_MAPPINGS,
    EXEC_RANDOMIZE_ALL, // the heap too
};
extern u32 exec_randomize; // atomic
void exec_start(void);     // once, before the first program

/* Place the stack and the mappings of attempt->space; then, in this order, with the program's
 * headers read: what is added to its addresses, where its heap begins, and the vDSO (0: anywhere).
 */
void exec_layout_choose(struct exec_attempt *attempt);
u64 exec_layout_bias(const struct exec_attempt *attempt);
u64 exec_layout_heap(const struct exec_attempt *attempt);
vaddr exec_layout_vdso(const struct exec_attempt *attempt);

/* Run @path in place of the running program; kernel memory. Returns only on failure. */
helix_status exec_kernel(const char *path, const char *const *argv, const char *const *envp);
