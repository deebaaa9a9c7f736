/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Public keys, and what their other halves have signed: made once by PyJWT. In
 * keys ' stands for ". */
/* clang-format off */
#define TOKEN_RS \
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ" \
	"odHRwczovL2lkLmV4YW1wbGUvIiwibiI6MX0.UxxcOZxBql9xGeRXEnqC5zPCKh4" \
	"c8gFUKq8TgdwB7lNS7ZUXNam74Zd5fGXOFwyfSS3fj89CFXHn-TkbFTht4_fxeaa" \
	"NrfeTP_21mT7dfPWlnD3XWiV5nbyfWbm-c3N01Or-dxOQbciLLalbT7GSOfKdHFO" \
	"6Glw4w5yRY3Qre-sp7k1-yHu3o70XLLG_av9cz12SeFm57M8_u3kyyAHukmGuNtC" \
	"4Jo--3jXw4BSlGpQLJaV0NY8_eiX_IS4XV4bAiXwKJpXHP26LZMmHUluv3ysz8BF" \
	"XBSrwexQ6W-POAggRLMNB5nxqBSVBwo0_VYS9kELxiRHazHXLuL5UDxTTeg"
#define TOKEN_ES \
	"eyJhbGciOiJFUzI1NiIsImtpZCI6ImVjIiwidHlwIjoiSldUIn0.eyJpc3MiOiJo" \
	"dHRwczovL2lkLmV4YW1wbGUvIiwibiI6MX0.ct4ZtJZLOueqpdfJ3gRe6ZGGdh06" \
	"A6AG1s3YBG4WUPDTRX7rDgmfkngH2dblopKZH82EWu7AvD3se0wzTpB9GA"
/* By another key. */
#define TOKEN_FORGED \
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJ" \
	"odHRwczovL2lkLmV4YW1wbGUvIiwibiI6MX0.eKs9lmwBpBS0cGMmKZCFfu4VjA4" \
	"GVeURpz6N5PXYQ9zNAT1komSu7wgOMlxDs0nZkXdGT6HON3uLohuhyBIMJw9MHX_" \
	"zjJ12bGKwxMhLWT-NP7rrO4iPQNxaCoejOBBBZ0qIShUjuyawNUAJrQQdoAxxUb8" \
	"rQ-YnIkDbqLfS4LLl6OHbJKW5t5heQhMtK7nGCISAvWPO8x7AwzmUDbMdYrUXWQZ" \
	"P-GamZKUFobJdX6uoiuYgA9n76JQnckgi_bBHGrNRitxLuUBST-hKCi5klWzI7zR" \
	"r1dOSux5lktamyWFsD3FSTlgP-UnSGBey6HeyMfB2t-t6e0byXDlBjuj-cQ"
#define TOKEN_SMALL \
	"eyJhbGciOiJSUzI1NiIsImtpZCI6InNtYWxsIiwidHlwIjoiSldUIn0.eyJpc3Mi" \
	"OiJodHRwczovL2lkLmV4YW1wbGUvIiwibiI6MX0.TtmlVFHeCoJ1URNPhME4su3A" \
	"Smq3UzgnTVtRYThqFLll2ns8zPvhIhwfCHdQvAR3YY5EY9ZL7vtGmrxmTkmgP16G" \
	"Bzj34WqOVnYG3VV8Y1VZa_fdjvW7CafwMrQmmSCtV0uuCsDAByInZFDv6eVC0haT" \
	"4yroEmTQkkV1TfPwz3I"

#define KEY_RSA_N "uDpkfMggtsK_OI52wYDKxGnAQM8iHnTtxFWQi-x0ajCEhat" \
	"lAltmXL--6dSB5GEKWd53F9wEp2a3RXb8YBSgl4g0803chNWegIzFzrh0VSBB7Ox" \
	"AC6VnunF52lT96VlOsrYDUvrTaOryVKCqIZ9aOJyKLxCrR7-Kgo4zcUezDFPewt_" \
	"X6IyAY3qKbmH6bBwQpeaIReGbBtxSG7ACK-LA0lJY7jUZ4JmicH29tTFcH3TZKn4" \
	"0IvYZlPJ-2L-ADqW2tgoO171eJOVsWh2SPj-VWsj_D8QNRXLZ2Nnopj2F4_7wcE4" \
	"xYo-EZDe1hfkcpGojgIQhnlYOVQ2HzlMTDe9BbQ"
#define KEY_RSA "'kty':'RSA','n':'" KEY_RSA_N "','e':'AQAB'"
#define KEY_EC_X "DYIjrPBSIGxLpnnvPP9E7WvdU2yMZGQ-mp3rxYVmx44"
#define KEY_EC_Y "FYHvU0gQ4U4UurcXWgNE25Gz8PF0Dedv6lySftKXuVM"
#define KEY_EC "'kty':'EC','crv':'P-256','x':'" KEY_EC_X "','y':'" KEY_EC_Y "'"
/* Of 1024 bits. */
#define KEY_SMALL \
	"'kty':'RSA','n':'s_2TlPBORh-lD_ihHFVYl0v3abiY6Rarlq-3MPQtisbEjXy" \
	"BmqaCOmBJYZ1xL_WzovAcmxhg0wFc_vidEhPffn-3hT00LlXVRSTojXouzky_2PQ" \
	"rdSkHvYjEHrP61XqlzvYuWJhZ3-B6ACTzDtPewic0E-1kDG1DtgOxzOgRKO0','e" \
	"':'AQAB'"
/* clang-format on */

#define SET(keys) "{'keys':[" keys "]}"
#define RSA_KEY "{" KEY_RSA ",'kid':'rsa'}"
#define EC_KEY "{" KEY_EC ",'kid':'ec'}"

/* ' made ". */
static inline const char *
quoted(struct op *op, const char *text)
{
	char *out = op_dup(op, text);

	for (char *p = out; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	return out;
}
