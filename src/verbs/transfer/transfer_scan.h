/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * An export as it lies in a file: looked through as a whole before anything of
 * it is believed, then read line by line, on any thread.
 */
#include "verbs/transfer/transfer.h"

struct transfer_line {
	uint64_t at; /* in the file */
	uint32_t n;  /* bytes, without the line's end */
	uint32_t line;
	enum transfer_kind kind;
	const char *name; /* of a domain; of a mailbox its address */
};

struct transfer_scan {
	size_t n;
	struct transfer_line *line; /* domains, then mailboxes, then the rest */
	size_t domains_n, mailboxes_n;
	const struct transfer_line **domain;  /* by name */
	const struct transfer_line **mailbox; /* by address */
};

/* Every line of it, strictly. ERR_INVALID, ERR_LIMIT: the reason names the
 * line. ERR_DOWN: it cannot be read. What it gives is the op's. */
enum err transfer_scan_file(struct op *op, int fd, struct transfer_scan *out);

/* One line again. */
enum err transfer_line_read(struct op *op, int fd,
			    const struct transfer_line *line,
			    union transfer_room *out);

/* NULL: there is none. */
const struct transfer_line *
transfer_scan_domain(const struct transfer_scan *scan, const char *name);
const struct transfer_line *
transfer_scan_mailbox(const struct transfer_scan *scan, const char *address);
