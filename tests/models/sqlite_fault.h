/* SPDX-License-Identifier: MIT */
/*
 * A decorator around SQLite's file system: counts syncs and makes writes fail, as a disk
 * does that is full, read-only or broken. Databases that are opened while it is there use
 * it.
 */
#pragma once

#include <sqlite3.h>

struct sqlite_fault {
	unsigned n_syncs;
	unsigned n_writes;  /* that changed something: writes, lengths, syncs */
	unsigned fail_from; /* that one of them and all later ones fail; 0: none */
	int code;	    /* with: SQLITE_FULL... */
	sqlite3_vfs vfs;
	sqlite3_vfs *real;
};

/* Becomes the default. sqlite_fault_remove when all databases are closed. */
void sqlite_fault_install(struct sqlite_fault *fault);
void sqlite_fault_remove(struct sqlite_fault *fault);
