/* SPDX-License-Identifier: Apache-2.0 */
#include "wing/auth/password_dovecot_wire.h"

#include "base/buf.h"
#include "base/net.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#define VERSION_MAJOR "1"
#define VERSION_MINOR "1"
#define SERVICE "frontdesk" /* what Dovecot's passdbs may tell us by */
#define ESCAPE '\001'
#define REASON_MAX 200 /* bytes of Dovecot's, in our log */

/* ---- what we say ---- */

struct bytes
dovecot_hello(struct op *op, uint32_t client)
{
	return bytes_of(op_print(
		op, "VERSION\t" VERSION_MAJOR "\t" VERSION_MINOR "\nCPID\t%u\n",
		client));
}

/* The client's address; NULL: it came over a socket without one. */
static const char *
source_text(struct op *op, const struct source *source)
{
	static const struct source none;
	char text[INET6_ADDRSTRLEN];
	bool v4 = net_is_v4(source->address);
	const uint8_t *from =
		v4 ? source->address + NET_ADDRESS_SIZE - 4 : source->address;

	if (memcmp(source, &none, sizeof(none)) == 0)
		return NULL;
	return op_dup(op, inet_ntop(v4 ? AF_INET : AF_INET6, from, text,
				    sizeof(text)));
}

/* RFC 4616: nobody to act for, NUL, name, NUL, password. */
static const char *
plain_text(struct op *op, const struct dovecot_query *in)
{
	size_t user_n = strlen(in->user), password_n = strlen(in->password);
	size_t n = 1 + user_n + 1 + password_n;
	uint8_t *plain = op_alloc(op, n);
	const char *text;

	memcpy(plain + 1, in->user, user_n);
	memcpy(plain + 1 + user_n + 1, in->password, password_n);
	text = text_base64(op, (struct bytes){ plain, n });
	explicit_bzero(plain, n);
	return text;
}

/*
 * no-penalty: guessing is slowed by us, and a mail client behind the same
 * address has nothing to do with it. nologin: nobody will ask for the user's
 * data afterwards. What the client chose is in the base64 alone: no tab or
 * line end of it gets into the line.
 */
enum err
dovecot_query(struct op *op, const struct dovecot_query *in, struct bytes *out)
{
	const char *rip = source_text(op, in->source);
	struct buf buf;

	assert(in->id != 0);
	buf_init(&buf, op, KIB, DOVECOT_LINE_MAX);
	buf_printf(&buf,
		   "AUTH\t%u\tPLAIN\tservice=" SERVICE
		   "\tnologin\tsecured\tno-penalty",
		   in->id);
	if (rip != NULL)
		buf_printf(&buf, "\trip=%s", rip);
	buf_printf(&buf, "\tresp=%s\n", plain_text(op, in));
	TRY(buf_err(&buf));
	*out = buf_bytes(&buf);
	return OK;
}

/* ---- what Dovecot says ---- */

static const struct {
	const char *word;
	enum dovecot_word meaning;
	bool numbered; /* its first parameter is the number of a check */
} words[] = {
	/* clang-format off */
	{ "VERSION", DOVECOT_VERSION, false },
	{ "MECH",    DOVECOT_MECH,    false },
	{ "DONE",    DOVECOT_DONE,    false },
	{ "OK",      DOVECOT_OK,      true },
	{ "FAIL",    DOVECOT_FAIL,    true },
	{ "CONT",    DOVECOT_CONT,    true },
	/* clang-format on */
};

/* Parameters that matter; what is not listed is passed over. */
#define MEMBER(m) offsetof(struct dovecot_answer, m)
static const struct {
	const char *name;
	bool text; /* "name=value" into a text; else its mere presence counts */
	size_t member;
} parameters[] = {
	/* clang-format off */
	{ "user",          true,  MEMBER(user) },
	{ "reason",        true,  MEMBER(reason) },
	{ "code",          true,  MEMBER(code) },
	{ "auth_user",     true,  MEMBER(master) },
	{ "temp",          false, MEMBER(temporary) },
	{ "user_disabled", false, MEMBER(disabled) },
	{ "pass_expired",  false, MEMBER(expired) },
	{ "authz",         false, MEMBER(refused) },
	{ "nologin",       false, MEMBER(nologin) },
	{ "proxy",         false, MEMBER(proxied) },
	/* clang-format on */
};
#undef MEMBER

/* What stands behind the escape. */
static char
unescaped(char c)
{
	static const char pairs[] = "0\0001\001t\tr\rn\nl\n";

	for (size_t i = 0; i + 1 < sizeof(pairs) - 1; i += 2) {
		if (pairs[i] == c)
			return pairs[i + 1];
	}
	return c;
}

/* Up to the next tab; *rest is what follows, its p NULL: nothing. */
static enum err
word_take(struct op *op, struct bytes *rest, const char **out)
{
	const uint8_t *tab = memchr(rest->p, '\t', rest->n);
	size_t n = tab == NULL ? rest->n : (size_t)(tab - rest->p);
	char *text = op_alloc(op, n + 1);
	size_t to = 0;

	for (size_t i = 0; i < n; i++) {
		char c = (char)rest->p[i];

		if (c != ESCAPE)
			text[to++] = c;
		else if (++i < n) /* at the very end it escapes nothing */
			text[to++] = unescaped((char)rest->p[i]);
	}
	if (!text_utf8((struct bytes){ (const uint8_t *)text, to }))
		return FAIL(op, ERR_DOWN, "Dovecot said what is not UTF-8");
	*rest = tab == NULL ? (struct bytes){ NULL, 0 }
			    : (struct bytes){ tab + 1, rest->n - n - 1 };
	*out = text;
	return OK;
}

/* "name=value" or "name". Of what comes twice the first counts. */
static void
parameter_keep(struct op *op, const char *word, struct dovecot_answer *out)
{
	size_t n = strcspn(word, "=");

	for (size_t i = 0; i < COUNT(parameters); i++) {
		char *member = (char *)out + parameters[i].member;

		if (strlen(parameters[i].name) != n ||
		    memcmp(word, parameters[i].name, n) != 0)
			continue;
		if (!parameters[i].text)
			*(bool *)member = true;
		else if (word[n] == '=' && *(const char **)member == NULL)
			*(const char **)member = op_dup(op, word + n + 1);
	}
}

enum err
dovecot_read(struct op *op, struct bytes line, struct dovecot_answer *out)
{
	struct bytes rest = line;
	const char *word = "";
	bool numbered = false;
	int64_t id = 0;

	*out = (struct dovecot_answer){ .first = "" };
	if (line.n >= DOVECOT_LINE_MAX)
		return FAIL(op, ERR_DOWN, "Dovecot said too much");
	if (line.n == 0)
		return OK;
	TRY(word_take(op, &rest, &word));
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcmp(words[i].word, word) != 0)
			continue;
		out->word = words[i].meaning;
		numbered = words[i].numbered;
	}
	if (rest.p != NULL)
		TRY(word_take(op, &rest, &out->first));
	if (text_number(out->first, 1, UINT32_MAX, &id))
		out->id = (uint32_t)id;
	if (numbered && out->id == 0)
		return FAIL(op, ERR_DOWN, "Dovecot answered without a number");
	while (numbered && rest.p != NULL) {
		TRY(word_take(op, &rest, &word));
		parameter_keep(op, word, out);
	}
	return OK;
}

/* ---- what it means ---- */

/* As codes since Dovecot 2.3, beside the parameters of before. */
static const struct {
	const char *code;
	enum err err;
	const char *why;
} codes[] = {
	/* clang-format off */
	{ "temp_fail",     ERR_DOWN, "it cannot tell now" },
	{ "user_disabled", ERR_AUTH, "the user is disabled" },
	{ "pass_expired",  ERR_AUTH, "the password has expired" },
	{ "authz_fail",    ERR_AUTH, "the user may not log in" },
	/* clang-format on */
};

/* Before there were codes; temporary or not is what matters most. */
static const char *
code_of(const struct dovecot_answer *answer)
{
	if (answer->code != NULL)
		return answer->code;
	if (answer->temporary)
		return "temp_fail";
	if (answer->disabled)
		return "user_disabled";
	if (answer->expired)
		return "pass_expired";
	return answer->refused ? "authz_fail" : "";
}

/* Dovecot's words, if they are fit for one line of a log. */
static const char *
reason_of(struct op *op, const struct dovecot_answer *answer)
{
	if (answer->reason == NULL || !text_clean(answer->reason) ||
	    strpbrk(answer->reason, "\t\r\n") != NULL)
		return "";
	return op_print(op, ": %s", text_head(op, answer->reason, REASON_MAX));
}

static enum err
verdict_of_failure(struct op *op, const struct dovecot_answer *answer)
{
	const char *code = code_of(answer);
	const char *reason = reason_of(op, answer);

	for (size_t i = 0; i < COUNT(codes); i++) {
		if (strcmp(codes[i].code, code) == 0)
			return FAIL(op, codes[i].err, "Dovecot: %s%s",
				    codes[i].why, reason);
	}
	return FAIL(op, ERR_AUTH,
		    "Dovecot: an unknown user or a wrong password%s", reason);
}

enum err
dovecot_verdict(struct op *op, const struct dovecot_answer *answer)
{
	if (answer->word == DOVECOT_FAIL)
		return verdict_of_failure(op, answer);
	if (answer->word != DOVECOT_OK)
		return FAIL(op, ERR_DOWN,
			    "Dovecot asks for more than a name and a password");
	/* A proxy may take any password, for the next server to check. */
	if (answer->proxied)
		return FAIL(op, ERR_DOWN,
			    "Dovecot is a proxy for this user, and may not "
			    "have checked the password");
	if (answer->nologin)
		return FAIL(op, ERR_AUTH, "Dovecot: the user may not log in");
	/* R-3 does not know him: acting for others is for service accounts. */
	if (answer->master != NULL)
		return FAIL(op, ERR_AUTH,
			    "Dovecot: a master user's login; that is not taken "
			    "here");
	return OK;
}
