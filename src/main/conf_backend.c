/* SPDX-License-Identifier: Apache-2.0 */

/* What the settings of backend sections, the milter and the outbox have to be.
 */
#include "main/conf_backend.h"

#include "base/net.h"
#include "base/text.h"
#include "main/conf_check.h"
#include "model/backend.h"

#include <stdlib.h>
#include <string.h>

#define NAME_MAX_BYTES 255 /* of a file, a host, a user, a script */
#define PORT_MAX 65535

const char *
backend_is_kind(const char *value)
{
	static const char *const kinds[] = { BACKEND_SIEVE_FILE,
					     BACKEND_SIEVE_SQL,
					     BACKEND_MANAGESIEVE,
					     BACKEND_MILTER };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (strcmp(value, kinds[i]) == 0)
			return NULL;
	}
	return "sieve-file, sieve-sql, managesieve or milter";
}

/* One name inside of the folder, whatever the user is called. */
const char *
backend_is_file(const char *value)
{
	static const char want[] =
		"%u, or %n and %d, with letters, digits and . _ - + @, "
		"like %u.sieve";
	static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR"
				  "STUVWXYZ0123456789._-+@%";
	bool whole =
		strstr(value, "%u") != NULL ||
		(strstr(value, "%n") != NULL && strstr(value, "%d") != NULL);

	return whole && *value != '.' && strlen(value) <= NAME_MAX_BYTES &&
			       strspn(value, fit) == strlen(value)
		       ? NULL
		       : want;
}

/* "mail.example.com:4190", "[::1]:4190" */
const char *
backend_is_server(const char *value)
{
	static const char want[] =
		"a host and a port, like mail.example.com:4190";
	static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR"
				  "STUVWXYZ0123456789.-_:[]";
	const char *colon = strrchr(value, ':');
	char *end;
	long port;

	if (colon == NULL || colon == value || strlen(value) > NAME_MAX_BYTES ||
	    strspn(value, fit) != strlen(value))
		return want;
	if (memchr(value, ':', (size_t)(colon - value)) != NULL &&
	    (value[0] != '[' || colon[-1] != ']'))
		return want;
	if (colon[1] < '0' || colon[1] > '9')
		return want;
	port = strtol(colon + 1, &end, 10);
	return *end == '\0' && port >= 1 && port <= PORT_MAX ? NULL : want;
}

const char *
backend_is_master(const char *value)
{
	return *value != '\0' && strlen(value) <= NAME_MAX_BYTES &&
			       text_clean(value)
		       ? NULL
		       : "a user's name of at most 255 bytes";
}

const char *
backend_is_script(const char *value)
{
	static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR"
				  "STUVWXYZ0123456789._-";

	return *value != '\0' && *value != '.' &&
			       strlen(value) <= NAME_MAX_BYTES / 2 &&
			       strspn(value, fit) == strlen(value)
		       ? NULL
		       : "letters, digits and . _ -, like frontdesk";
}

const char *
backend_is_milter(const char *value)
{
	struct net net;
	unsigned port;

	if (strncmp(value, "unix:", 5) == 0 && value[5] != '\0')
		return conf_is_socket(value + 5);
	return net_parse_listen(value, &net, &port) && net_is_loopback(&net)
		       ? NULL
		       : "unix: and a path, or an address of this machine and "
			 "a port, like 127.0.0.1:8891";
}
