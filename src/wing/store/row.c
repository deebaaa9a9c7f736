/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/store/row.h"

#include "base/digest.h"
#include "base/text.h"

#include <endian.h>
#include <inttypes.h>

/* A column as bytes that no other value has: its type, then its number or its
 * length, then its content. */
int64_t
row_sum(const struct db_value *columns, size_t n)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct db_value *v = &columns[i];
		const uint64_t head[2] = {
			htole64((uint64_t)v->type),
			htole64(v->type == DB_INT ? (uint64_t)v->number
						  : v->bytes.n),
		};

		sum = digest_crc(sum, (struct bytes){ (const uint8_t *)head,
						      sizeof(head) });
		if (v->bytes.n > 0)
			sum = digest_crc(sum, v->bytes);
	}
	return sum;
}

enum err
row_verify(struct op *op, const char *table, const struct db_value *columns,
	   size_t n)
{
	const struct db_value *sum = &columns[n - 1];

	if (sum->type == DB_INT && sum->number == row_sum(columns, n - 1))
		return OK;
	if (columns[0].type == DB_INT)
		return FAIL(op, ERR_INTERNAL, "damaged: %s of %" PRId64, table,
			    columns[0].number);
	return FAIL(op, ERR_INTERNAL, "damaged: a row of %s", table);
}

/* Another server's words may be in any character set. */
const char *
row_reason(struct op *op, const char *reason, size_t most)
{
	struct bytes bytes = bytes_of(reason);

	if (bytes.n > most * 2)
		bytes.n = most * 2;
	return text_head(op,
			 text_utf8(bytes_of(reason)) ? reason
						     : text_latin1(op, bytes),
			 most);
}
