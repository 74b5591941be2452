/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#include <errno.h>
#include <string.h>

#include <helix/abi/status.h>
#include <helix/lib/test.h>

HELIX_TEST(status, has_name_text_and_errno)
{
    EXPECT(t, helix_status_errno(HELIX_OK) == 0);
    EXPECT(t, helix_status_errno(HELIX_E_NOMEM) == ENOMEM);
    EXPECT(t, helix_status_errno(HELIX_E_NOSYS) == ENOSYS);
    EXPECT(t, strcmp(helix_status_name(HELIX_E_LOOP), "HELIX_E_LOOP") == 0);
    EXPECT(t, strcmp(helix_status_text(HELIX_E_BUSY), "in use") == 0);
}

HELIX_TEST(status, survives_an_unknown_value)
{
    helix_status odd = (helix_status)-39;
    EXPECT(t, strcmp(helix_status_text(odd), "unknown status") == 0);
    EXPECT(t, helix_status_errno(odd) == EINVAL);
}
