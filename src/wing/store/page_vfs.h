/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A layer between SQLite and the files (an "sqlite3_vfs" over the default
 * one): every page of a database file carries a sum, so a damaged page is an
 * error when it is read, whichever bit it is and whatever it held.
 */
#include <stdbool.h>
#include <stdint.h>

#define PAGE_VFS "frontdesk"
#define PAGE_SIZE 4096  /* bytes; no other is read or written */
#define PAGE_RESERVED 8 /* bytes of each page that are the sum's */

/* Once, before SQLite is used. False: SQLite refuses. */
bool page_vfs_init(void);

struct sqlite3;

#define PAGE_STAMP_SIZE 48 /* bytes */

/*
 * What every commit changes, whoever's it is, read without a system call: the
 * head of the log's index in the memory that all connections share. While it
 * stays the same nobody has committed. False: it cannot be told now.
 */
bool page_stamp(struct sqlite3 *lite, uint8_t out[PAGE_STAMP_SIZE]);

/* What last went wrong on this thread, for the reason of a failure. */
struct page_trouble {
	int error;        /* errno of a write or sync; 0: none */
	uint32_t damaged; /* number of a page whose sum is wrong; 0: none */
};

/* Hands it out and forgets it. */
struct page_trouble page_trouble(void);
