/* SPDX-License-Identifier: Apache-2.0 */

/*
 * away: who is away? Asks any server that speaks Exchange Web Services, found
 * from the address alone, and the password from standard input.
 *
 *     cc -o away away.c $(pkg-config --cflags --libs frontdesk-client)
 *     away ada@example.com [URL [CA-FILE]] <password.txt
 */
#include <frontdesk/client.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static int
complain(const struct ewsc *client)
{
	const struct ewsc_error *e = ewsc_error(client);

	fprintf(stderr, "away: %s\n", e->text);
	if (e->advice != NULL)
		fprintf(stderr, "away: %s\n", e->advice);
	return 1;
}

static int
is_away(const struct ewsc_oof *oof)
{
	time_t now = time(NULL);

	if (oof->state == EWSC_SCHEDULED)
		return oof->start <= now && now < oof->end;
	return oof->state == EWSC_ENABLED;
}

int
main(int argc, char **argv)
{
	struct ewsc_options options = { .size = sizeof(options) };
	const struct ewsc_oof *oof;
	struct ewsc *client;
	char password[256];
	int status = 0;

	if (argc < 2 || argc > 4 ||
	    fgets(password, sizeof(password), stdin) == NULL) {
		fprintf(stderr, "usage: away ADDRESS [URL [CA-FILE]] "
				"<password.txt\n");
		return 2;
	}
	password[strcspn(password, "\r\n")] = '\0';
	options.user = argv[1];
	options.password = password;
	options.url = argc > 2 ? argv[2] : NULL;
	options.ca_file = argc > 3 ? argv[3] : NULL;
	if (ewsc_open(&options, &client) != EWSC_OK ||
	    ewsc_oof_get(client, argv[1], &oof) != EWSC_OK)
		status = complain(client);
	else
		printf("%s is %s\n", argv[1], is_away(oof) ? "away" : "there");
	ewsc_close(client);
	return status;
}
