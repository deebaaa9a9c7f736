/* SPDX-License-Identifier: Apache-2.0 */
#include "reply/subject.h"

#include "base/text.h"
#include "model/oof.h"

#include <string.h>
#include <strings.h>

/* What people know from Exchange in their language. A row without a region is
 * for all of them; the first is for languages that have none. */
static const struct {
	const char *lang, *template;
} ours[] = {
	/* clang-format off */
	{ "en",      "Automatic reply: %s" },
	{ "ar",      "رد تلقائي: %s" },
	{ "bg",      "Автоматичен отговор: %s" },
	{ "ca",      "Resposta automàtica: %s" },
	{ "cs",      "Automatická odpověď: %s" },
	{ "da",      "Automatisk svar: %s" },
	{ "de",      "Automatische Antwort: %s" },
	{ "el",      "Αυτόματη απάντηση: %s" },
	{ "es",      "Respuesta automática: %s" },
	{ "et",      "Automaatvastus: %s" },
	{ "fi",      "Automaattinen vastaus: %s" },
	{ "fr",      "Réponse automatique\xc2\xa0: %s" },
	{ "he",      "מענה אוטומטי: %s" },
	{ "hr",      "Automatski odgovor: %s" },
	{ "hu",      "Automatikus válasz: %s" },
	{ "id",      "Balasan otomatis: %s" },
	{ "it",      "Risposta automatica: %s" },
	{ "ja",      "自動応答: %s" },
	{ "ko",      "자동 회신: %s" },
	{ "lt",      "Automatinis atsakymas: %s" },
	{ "lv",      "Automātiska atbilde: %s" },
	{ "nb",      "Automatisk svar: %s" },
	{ "nl",      "Automatisch antwoord: %s" },
	{ "nn",      "Automatisk svar: %s" },
	{ "no",      "Automatisk svar: %s" },
	{ "pl",      "Automatyczna odpowiedź: %s" },
	{ "pt",      "Resposta automática: %s" },
	{ "ro",      "Răspuns automat: %s" },
	{ "ru",      "Автоматический ответ: %s" },
	{ "sk",      "Automatická odpoveď: %s" },
	{ "sl",      "Samodejni odgovor: %s" },
	{ "sr",      "Automatski odgovor: %s" },
	{ "sv",      "Automatiskt svar: %s" },
	{ "th",      "ตอบกลับอัตโนมัติ: %s" },
	{ "tr",      "Otomatik yanıt: %s" },
	{ "uk",      "Автоматична відповідь: %s" },
	{ "vi",      "Trả lời tự động: %s" },
	{ "zh",      "自动答复: %s" },
	{ "zh-hant", "自動回覆: %s" },
	{ "zh-hk",   "自動回覆: %s" },
	{ "zh-mo",   "自動回覆: %s" },
	{ "zh-tw",   "自動回覆: %s" },
	/* clang-format on */
};

/* ---- templates ---- */

bool
subject_is_template(const char *text)
{
	const char *slot = strstr(text, SUBJECT_SLOT);

	return slot != NULL && strchr(slot + 1, '%') == NULL &&
	       strchr(text, '%') == slot && text_clean(text) &&
	       strpbrk(text, "\t\r\n") == NULL &&
	       strlen(text) <= SUBJECT_TEMPLATE_MAX;
}

/* Of "LANG=TEMPLATE" how long LANG is; 0: it has none in front. It is only
 * compared with what was checked to be one. */
static size_t
lang_length(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
				"UVWXYZ0123456789-");

	return n <= OOF_LANG_MAX && text[n] == '=' ? n : 0;
}

bool
subject_is_own(const char *text)
{
	size_t n = lang_length(text);

	return subject_is_template(n == 0 ? text : text + n + 1);
}

/* ---- the one for a language ---- */

/* The template of exactly that language, of a row of ours or of the site's. */
static const char *
own_find(const char *const *own, const char *lang, size_t n)
{
	for (; own != NULL && *own != NULL; own++) {
		size_t length = lang_length(*own);

		if (length == n && strncasecmp(*own, lang, n) == 0)
			return *own + length + (length > 0);
	}
	return NULL;
}

static const char *
ours_find(const char *lang, size_t n)
{
	for (size_t i = 0; i < COUNT(ours); i++) {
		if (strlen(ours[i].lang) == n &&
		    strncasecmp(ours[i].lang, lang, n) == 0)
			return ours[i].template;
	}
	return NULL;
}

/* From de-AT to de: without its last part. */
static size_t
lang_shorter(const char *lang, size_t n)
{
	while (n > 0 && lang[n - 1] != '-')
		n--;
	return n > 0 ? n - 1 : 0;
}

const char *
subject_template(const char *const *own, const char *lang)
{
	const char *found = NULL;
	size_t n;

	if (lang == NULL)
		lang = "";
	for (n = strlen(lang); n > 0 && found == NULL;
	     n = lang_shorter(lang, n))
		found = own_find(own, lang, n);
	if (found == NULL)
		found = own_find(own, "", 0);
	for (n = strlen(lang); n > 0 && found == NULL;
	     n = lang_shorter(lang, n))
		found = ours_find(lang, n);
	return found != NULL ? found : ours[0].template;
}

/* ---- filling in ---- */

/* "Automatic reply: " without an original says it without the colon. */
static const char *
without_colon(struct op *op, const char *text)
{
	size_t n = strlen(text);

	while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == ':'))
		n--;
	if (n > 1 && memcmp(text + n - 2, "\xc2\xa0", 2) == 0)
		n -= 2; /* the French have a space before it, and it is hard */
	return op_text(op, text, n);
}

const char *
subject_fill(struct op *op, const char *template, const char *original)
{
	const char *slot = strstr(template, SUBJECT_SLOT), *behind;
	size_t front = (size_t)(slot - template), room;

	behind = slot + strlen(SUBJECT_SLOT);
	room = SUBJECT_MAX - front - strlen(behind);
	original = text_head(op, original, room);
	if (*original == '\0')
		return without_colon(op, op_print(op, "%.*s%s", (int)front,
						  template, behind));
	return op_print(op, "%.*s%s%s", (int)front, template, original, behind);
}
