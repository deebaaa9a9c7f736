/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/zone.h"

#include "base/clock.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINK "/etc/localtime" /* -> .../zoneinfo/Europe/Berlin */
#define FOLDER "zoneinfo/"

const char *
zone_local(struct op *op)
{
	const char *told = getenv("TZ"), *name;
	char path[PATH_MAX];
	ssize_t n;

	if (told != NULL && told[0] == ':')
		told++;
	if (told != NULL && clock_is_zone(told))
		return op_dup(op, told);
	n = readlink(LINK, path, sizeof(path) - 1);
	if (n <= 0)
		return "UTC";
	path[n] = '\0';
	name = strstr(path, FOLDER);
	if (name == NULL || !clock_is_zone(name + strlen(FOLDER)))
		return "UTC";
	return op_dup(op, name + strlen(FOLDER));
}
