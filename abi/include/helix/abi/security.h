/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/abi/module.h>
#include <helix/abi/status.h>
#include <helix/abi/types.h>

/*
 * helix.security: a policy that may forbid what ordinary permissions and capabilities allow; it can
 * never allow more. One provider, sleeping gate. Subjects and objects are plain descriptions; the
 * kernel keeps a label per subject and per inode (security_label, 64 bits) that only the policy
 * gives a meaning, so replacing the policy finds them where they were.
 *
 * Every check answers HELIX_OK, HELIX_E_PERM or HELIX_E_ACCESS. A crash of the policy counts as a
 * refusal.
 */
#define HELIX_SECURITY         "helix.security"
#define HELIX_SECURITY_VERSION 1u

typedef u64 security_label;

struct security_subject {
    u64 process;
    u32 uid, gid;
    u64 capabilities; // Linux's effective set
    security_label label;
};

enum security_access {
    SECURITY_READ = 1u << 0,
    SECURITY_WRITE = 1u << 1,
    SECURITY_EXECUTE = 1u << 2,
    SECURITY_CREATE = 1u << 3,
    SECURITY_DELETE = 1u << 4,
    SECURITY_CHANGE = 1u << 5, // attributes, owner, mode
};

struct security_file {
    u64 device, inode;
    u32 mode, uid, gid;
    security_label label;
    const char *name; // last component, where there is one
};

enum security_action { // of one process on another or on the system
    SECURITY_SIGNAL,
    SECURITY_TRACE,
    SECURITY_SET_PRIORITY,
    SECURITY_MOUNT,
    SECURITY_MODULE,
    SECURITY_REBOOT,
    SECURITY_SET_TIME,
    SECURITY_RAW_IO,
    SECURITY_SOCKET,
    SECURITY_BIND,
    SECURITY_CONNECT,
};

struct security_ops {
    struct helix_ops_header header;

    helix_status (*check_file)(void *self, const struct security_subject *subject,
                               const struct security_file *file,
                               u32 access); // enum security_access bits
    helix_status (*check_process)(void *self, const struct security_subject *subject,
                                  enum security_action action,
                                  const struct security_subject *target);
    helix_status (*check_system)(void *self, const struct security_subject *subject,
                                 enum security_action action,
                                 const char *argument); // argument: NULL or text
    /* A program is about to run: may it, and with which label? */
    helix_status (*check_execute)(void *self, const struct security_subject *subject,
                                  const struct security_file *program, security_label *label_out);
    security_label (*label_new_file)(void *self, const struct security_subject *subject,
                                     const struct security_file *directory);
    helix_status (*label_from_text)(void *self, const char *text, security_label *label_out);
    size_t (*label_to_text)(void *self, security_label label, char *text,
                            size_t capacity); // length; 0: no such label
};
