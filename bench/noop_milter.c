/* SPDX-License-Identifier: Apache-2.0 */

/* A milter that does nothing: it wants to be shown nothing at all.
 * usage: bench-noop-milter unix:PATH */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
	static char name[] = "noop";
	const struct smfiDesc nothing = {
		.xxfi_name = name,
		.xxfi_version = SMFI_VERSION,
	};

	if (argc != 2 || smfi_setconn(argv[1]) != MI_SUCCESS ||
	    smfi_register(nothing) != MI_SUCCESS) {
		(void)fputs("usage: bench-noop-milter unix:PATH\n", stderr);
		return EXIT_FAILURE;
	}
	return smfi_main() == MI_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
