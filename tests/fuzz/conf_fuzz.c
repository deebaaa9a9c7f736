/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: whatever is in it, it is read or refused with its
 * line, and the file read next is not disturbed. */
#include "fuzz.h"

#include "main/conf_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char file[] = "/tmp/frontdesk-fuzz-conf-XXXXXX";

static void
file_remove(void)
{
	(void)unlink(file);
}

static void
file_write(const void *data, size_t size)
{
	static int fd = -1;

	if (fd < 0) {
		fd = mkstemp(file);
		assert(fd >= 0);
		assert(atexit(file_remove) == 0);
	}
	assert(ftruncate(fd, 0) == 0);
	assert(pwrite(fd, data, size, 0) == (ssize_t)size);
}

/* Every member is set to something that can be read. */
static void
check_settings(struct op *op, const struct settings *s)
{
	const char *const *list[] = { s->proxy_trusted, s->penalty_exempt };

	assert(settings_same_nginx(s, s));
	assert(strlen(s->listen) > 0 && strlen(s->status_listen) > 0);
	assert(strncmp(s->public_url, "https://", 8) == 0);
	assert(*s->data == '/' && *s->tls_key == '/');
	assert(strpbrk(s->tls_key, "\"'\\$;{}\n") == NULL);
	for (size_t i = 0; i < COUNT(list); i++) {
		for (const char *const *p = list[i]; *p != NULL; p++)
			assert(strlen(*p) > 0);
	}
	assert(strlen(op_dup(op, s->user)) > 0);
}

/* Each has what it needs, whatever was in the file. */
static void
check_sections(const struct settings *s)
{
	assert(s->issuers_n <= ISSUERS_MAX);
	for (size_t i = 0; i < s->issuers_n; i++) {
		const struct issuer *issuer = &s->issuers[i];

		assert(strlen(issuer->title) > 0 && issuer->line > 0);
		assert(strlen(issuer->issuer) > 0);
		assert(issuer->audiences[0] != NULL);
		assert(issuer->algorithms[0] != NULL);
		assert(*issuer->jwks == '/' ||
		       strncmp(issuer->jwks, "https://", 8) == 0);
		assert(issuer->clock_skew_s <= 300);
	}
	assert(s->service_accounts_n <= SERVICE_ACCOUNTS_MAX);
	for (size_t i = 0; i < s->service_accounts_n; i++) {
		const struct service_account *a = &s->service_accounts[i];

		assert(a->domains[0] != NULL || a->addresses[0] != NULL);
		assert((a->issuer == NULL) == (a->client_id == NULL));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char good[] = "workers = 3\n";
	struct op *op = fuzz_op();
	struct settings *s;
	enum err err;

	file_write(data, size);
	err = settings_open(op, file, &s);
	assert(err == OK || err == ERR_INVALID);
	if (err == OK) {
		check_settings(op, s);
		check_sections(s);
		settings_close(s);
	} else {
		assert(strncmp(op->reason, file, strlen(file)) == 0);
		assert(op->reason[strlen(file)] == ':');
	}
	file_write(good, sizeof(good) - 1);
	assert(settings_open(op, file, &s) == OK);
	assert(s->workers == 3);
	settings_close(s);
	return 0;
}
