/* SPDX-License-Identifier: Apache-2.0 */

/* What one value has to be. */
#include "main/conf_check.h"

#include "base/clock.h"
#include "base/net.h"
#include "base/text.h"

#include <string.h>
#include <sys/un.h>

#define ACCOUNT_MAX 32 /* bytes of a system account's name */
#define PORT_MAX 65535
#define UNIX_PREFIX "unix:"

const char *
conf_is_listen(const char *value)
{
	struct net net;
	unsigned port;

	if (net_parse_listen(value, &net, &port))
		return NULL;
	return "an address and a port, like 127.0.0.1:8443, [::1]:8443 or "
	       "*:443";
}

bool
conf_path_is_fit(const char *value)
{
	/* They go into nginx's configuration, which gives these a meaning. */
	return strpbrk(value, "\"'\\$;{}") == NULL;
}

const char *
conf_is_loopback(const char *value)
{
	static const char want[] =
		"an address of this machine alone with a port, like "
		"127.0.0.1:8444, or unix: and a path";
	struct net net;
	unsigned port;

	if (text_case_starts(value, UNIX_PREFIX))
		return value[sizeof(UNIX_PREFIX) - 1] != '\0' &&
				       conf_path_is_fit(value)
			       ? NULL
			       : want;
	if (net_parse_listen(value, &net, &port) && net_is_loopback(&net))
		return NULL;
	return want;
}

const char *
conf_is_network(const char *value)
{
	struct net net;

	return net_parse(value, &net) ? NULL
				      : "an address or a network, like "
					"192.0.2.1 or 10.0.0.0/8";
}

/* A peer on a Unix socket has no address; nginx calls it "unix:". */
const char *
conf_is_peer(const char *value)
{
	return strcmp(value, "unix:") == 0 ? NULL : conf_is_network(value);
}

const char *
conf_is_path(const char *value)
{
	return conf_path_is_fit(value) ? NULL
				       : "a path without \" ' \\ $ ; { and }";
}

const char *
conf_is_url(const char *value)
{
	static const char start[] = "https://";
	const char *host = value + sizeof(start) - 1, *port;
	int64_t number;

	if (strncmp(value, start, sizeof(start) - 1) != 0)
		return "https://, a host and perhaps a port";
	port = strrchr(host, ':');
	if (port == NULL || strchr(port, ']') != NULL)
		port = host + strlen(host);
	else if (!text_number(port + 1, 1, PORT_MAX, &number))
		return "https://, a host and a port from 1 to 65535";
	if (port == host ||
	    strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789.-[]:") < (size_t)(port - host))
		return "https://, a host and perhaps a port, without a path "
		       "and without a / at its end";
	return NULL;
}

const char *
conf_is_account(const char *value)
{
	size_t n = strlen(value);

	if (n <= ACCOUNT_MAX && *value != '-' &&
	    strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			  "0123456789_.-") == n)
		return NULL;
	return "the name of an account of this system";
}

const char *
conf_is_realm(const char *value)
{
	for (; *value != '\0'; value++) {
		if (*value < ' ' || *value > '~' || *value == '"' ||
		    *value == '\\')
			return "ASCII letters, without \" and \\";
	}
	return NULL;
}

const char *
conf_is_password_source(const char *value)
{
	static const char *const words[] = { "store", "dovecot", "directory" };

	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcmp(words[i], value) == 0)
			return NULL;
	}
	return "store, dovecot or directory";
}

const char *
conf_is_socket(const char *value)
{
	if (strlen(value) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return "the path of a socket, which has at most 107 bytes";
	return conf_is_path(value);
}

const char *
conf_is_login_pattern(const char *value)
{
	static const char want[] =
		"%u, %n or %d with other characters, like %u or %n";
	bool any = false;

	for (const char *p = value; *p != '\0'; p++) {
		if (*p != '%')
			continue;
		if (*++p == '\0' || strchr("und", *p) == NULL)
			return want;
		any = any || *p != 'd';
	}
	return any ? NULL : want;
}

const char *
conf_is_zone(const char *value)
{
	return clock_is_zone(value)
		       ? NULL
		       : "a time zone, like Europe/Berlin, America/New_York or "
			 "UTC";
}
