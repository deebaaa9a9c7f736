/* SPDX-License-Identifier: Apache-2.0 */
#include "images/exif.h"

#include "unit.h"

#define LITTLE "II*\0\x08\0\0\0"
#define BIG "MM\0*\0\0\0\x08"
#define ROW_LITTLE(n) "\x12\x01\x03\0\x01\0\0\0" n "\0\0\0"
#define ROW_BIG(n) "\x01\x12\0\x03\0\0\0\x01\0" n "\0\0"
#define OTHER_LITTLE "\x0f\x01\x02\0\x01\0\0\0A\0\0\0"

struct row {
	const char *name;
	const char *bytes;
	size_t n;
	unsigned orientation;
};

#define ROW(name, bytes, orientation)                                          \
	{                                                                      \
		name, bytes, sizeof(bytes) - 1, orientation                    \
	}

/* clang-format off */
static const struct row rows[] = {
	ROW("little endian", LITTLE "\1\0" ROW_LITTLE("\6"), 6),
	ROW("big endian", BIG "\0\1" ROW_BIG("\6"), 6),
	ROW("JPEG's beginning before it", "Exif\0\0" BIG "\0\1" ROW_BIG("\3"), 3),
	ROW("the second of two entries", LITTLE "\2\0" OTHER_LITTLE ROW_LITTLE("\x8"), 8),
	ROW("the lowest", LITTLE "\1\0" ROW_LITTLE("\1"), 1),
	ROW("just below the lowest", LITTLE "\1\0" ROW_LITTLE("\0"), 1),
	ROW("the highest", LITTLE "\1\0" ROW_LITTLE("\x8"), 8),
	ROW("just above the highest", LITTLE "\1\0" ROW_LITTLE("\x9"), 1),
	ROW("another type of value", LITTLE "\1\0\x12\x01\x04\0\x01\0\0\0\6\0\0\0", 1),
	ROW("a directory elsewhere", "II*\0\x0c\0\0\0PAD!\1\0" ROW_LITTLE("\5"), 5),
	ROW("a directory behind the end", "II*\0\xff\xff\xff\xff\1\0" ROW_LITTLE("\5"), 1),
	ROW("more entries than bytes", LITTLE "\xff\xff" OTHER_LITTLE, 1),
	ROW("cut off in the entry", LITTLE "\1\0\x12\x01\x03\0", 1),
	ROW("no directory", LITTLE, 1),
	ROW("an unknown order of bytes", "XX*\0\x08\0\0\0\1\0" ROW_LITTLE("\6"), 1),
	ROW("shorter than its header", "II*", 1),
	ROW("nothing behind JPEG's beginning", "Exif\0\0", 1),
	ROW("nothing", "", 1),
};
/* clang-format on */

static void
orientation_is_found_or_is_upright(void **state)
{
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		/* in memory of its own, so that reading on is seen */
		struct bytes b = { (const uint8_t *)rows[i].bytes, rows[i].n };

		b = op_bytes(op, b);
		CHECK_ROW(rows[i].name,
			  exif_orientation(b) == rows[i].orientation);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(orientation_is_found_or_is_upright),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
