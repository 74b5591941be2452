/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 the Helix authors */
#pragma once

#include <helix/lib/fdt.h>

/*
 * The channels to the host on machines without debug ports: QEMU's PCI card with four serial ports
 * (-device pci-serial-4x) carries the log on its first port, a command's output on the second and
 * its status on the third. A Linux guest has the same ports as terminals.
 *
 * Finds the card behind the ECAM bridge of @tree, gives it a place in the bridge's I/O window where
 * no firmware did, and defines hal_host_channel_present() and hal_host_channel_write(). Without
 * such a card no channel is present. Context: once, as soon as hal_map_device() works.
 */
void hal_host_serial_start(const struct fdt *tree);
