/* SPDX-License-Identifier: Apache-2.0 */

/* Every setting: one row. The file, its checks, the example and the manual
 * come from here. The rows of the larger sections with a title stand in a file
 * each, conf_X.def. */
#include "main/conf_rows.h"

#include "base/text.h"
#include "main/conf_backend.h"
#include "main/conf_carddav.h"
#include "main/conf_check.h"
#include "main/conf_directory.h"
#include "main/conf_login.h"
#include "main/conf_reply.h"
#include "main/conf_sql.h"
#include "model/settings.h"

#include <string.h>

#define ABSTRACT_MAX 100 /* bytes of an abstract socket's name */

#define AT(member, want) CONF_AT(struct settings, member, want)
#define TEXT(member) CONF_TEXT, AT(member, const char *)
#define PATH(member) CONF_PATH, AT(member, const char *)
#define BOOL(member) CONF_BOOL, AT(member, bool)
#define NUMBER(member) CONF_NUMBER, AT(member, unsigned)
#define SIZE(member) CONF_SIZE, AT(member, uint64_t)
#define LIST(member) CONF_LIST, AT(member, const char *const *)

#define NGINX PART_NGINX
#define OURS PART_OURS

#define ISSUER_AT(member, want) CONF_AT(struct issuer, member, want)
#define ISSUER_TEXT(member) CONF_TEXT, ISSUER_AT(member, const char *)
#define ISSUER_LIST(member) CONF_LIST, ISSUER_AT(member, const char *const *)
#define SERVICE_AT(member, want) CONF_AT(struct service_account, member, want)
#define SERVICE_TEXT(member) CONF_TEXT, SERVICE_AT(member, const char *)
#define SERVICE_LIST(member) CONF_LIST, SERVICE_AT(member, const char *const *)

static const char *
is_abstract(const char *value)
{
	return value[0] == '@' && value[1] != '\0' &&
			       strlen(value) < ABSTRACT_MAX
		       ? NULL
		       : "@ and a name";
}

/* name, part, type and member, preset, min, max, words, check, manual,
 * example */
static const struct conf_row rows[] = {
	/* clang-format off */
	{ "listen", NGINX, TEXT(listen), "127.0.0.1:8443", 0, 0, NULL, conf_is_listen,
	  "Where the services are offered, over TLS: an address and a port; *:443 "
	  "is every address of the machine.", NULL },
	{ "status_listen", NGINX, TEXT(status_listen), NULL, 0, 0, NULL, conf_is_loopback,
	  "Where /healthz, /readyz and /metrics are offered, without TLS and "
	  "login: an address of this machine alone, or unix: and a path. Without "
	  "it: 127.0.0.1 and the port after that of listen.", "127.0.0.1:8444" },
	{ "public_url", NGINX, TEXT(public_url), NULL, 0, 0, NULL, conf_is_url,
	  "How clients reach the services; every URL in an answer begins with it. "
	  "Without it: https://localhost and the port of listen.",
	  "https://mail.example.com" },
	{ "user", NGINX, TEXT(user), NULL, 0, 0, NULL, conf_is_account,
	  "The account that serves when the server is started as root. Without "
	  "it: frontdesk if there is such an account, else nobody.", "frontdesk" },
	{ "workers", NGINX, NUMBER(workers), "0", 0, 256, NULL, NULL,
	  "Processes that serve; 0 is one for each processor.", NULL },
	{ "data", NGINX, PATH(data), "data", 0, 0, NULL, conf_is_path,
	  "The folder of everything that is kept.", NULL },
	{ "run", NGINX, PATH(run), "run", 0, 0, NULL, conf_is_path,
	  "The folder for files and sockets of the running server.", NULL },
	{ "modules", NGINX, PATH(modules), NULL, 0, 0, NULL, conf_is_path,
	  "The folder of ngx_http_frontdesk_module.so. Without it: where it was "
	  "installed or built.", "/usr/lib/nginx/modules" },
	{ "zone", OURS, TEXT(zone), "UTC", 0, 0, NULL, conf_is_zone,
	  "The time zone of mailboxes without one of their own.", NULL },
	{ "address_book", OURS, BOOL(address_book_public), "private", 0, 0, "public private", NULL,
	  "May a caller learn which addresses exist? With private, a mailbox that "
	  "is not the caller's is refused as one that does not exist.", NULL },
	{ "resolve_names", OURS, BOOL(resolve_names), "yes", 0, 0, NULL, NULL,
	  "May callers look up colleagues of their organization by the start of a "
	  "name or an address, as the address line of a mail program does? With "
	  "no, they find themselves alone, also by Autodiscover.", NULL },
	{ "op_timeout_ms", OURS, NUMBER(op_timeout_ms), "20000", 100, 600000, NULL, NULL,
	  "How long one request may work before it is given up, in milliseconds.", NULL },

	{ "tls.certificate", NGINX, PATH(tls_certificate), "tls/server.pem", 0, 0, NULL, conf_is_path,
	  "The certificate with those of its issuers behind it, in PEM.", NULL },
	{ "tls.key", NGINX, PATH(tls_key), "tls/server.key", 0, 0, NULL, conf_is_path,
	  "The key of the certificate, in PEM; only root needs to be able to read "
	  "it when root starts the server.", NULL },

	{ "proxy.listen", NGINX, TEXT(proxy_listen), NULL, 0, 0, NULL, conf_is_loopback,
	  "A second place, without TLS, for a proxy in front that has it: an "
	  "address of this machine alone, or unix: and a path.", "127.0.0.1:8080" },
	{ "proxy.trusted", NGINX, LIST(proxy_trusted), "127.0.0.1 ::1 unix:", 0, 0, NULL, conf_is_peer,
	  "Which peers on proxy.listen are believed what they say about the "
	  "client's address: addresses, networks, or unix: for a socket.", NULL },
	{ "proxy.protocol", NGINX, BOOL(proxy_protocol), "no", 0, 0, NULL, NULL,
	  "With yes the proxy tells the client's address with the PROXY protocol, "
	  "with no in X-Forwarded-For.", NULL },

	{ "limits.connections", NGINX, NUMBER(connections_max), "10240", 64, 1000000, NULL, NULL,
	  "Connections that one worker holds at most.", NULL },
	{ "limits.connections_per_source", NGINX, NUMBER(connections_per_source_max), "10000", 0, 1000000, NULL, NULL,
	  "Connections that one client address may have at most; 0 is no limit.", NULL },
	{ "limits.body_memory", OURS, SIZE(body_memory), "256MiB", 2 * MIB, INT64_C(1) << 40, NULL, NULL,
	  "Memory of each worker for the bodies of requests, while they come; "
	  "above it they are refused with 503.", NULL },
	{ "limits.header_timeout_s", NGINX, NUMBER(header_timeout_s), "35", 1, 3600, NULL, NULL,
	  "Seconds in which a new connection's handshake and the header of its "
	  "first request have to be there, and later each header.", NULL },
	{ "limits.body_timeout_s", NGINX, NUMBER(body_timeout_s), "30", 1, 3600, NULL, NULL,
	  "Seconds in which the whole body of a request has to be there.", NULL },
	{ "limits.send_timeout_s", NGINX, NUMBER(send_timeout_s), "30", 1, 3600, NULL, NULL,
	  "Seconds in which a client has to take the whole of an answer.", NULL },
	{ "limits.keepalive_timeout_s", NGINX, NUMBER(keepalive_timeout_s), "35", 0, 86400, NULL, NULL,
	  "Seconds that an idle connection is kept.", NULL },

	{ "threads.write", NGINX, NUMBER(write_threads), "32", 1, 256, NULL, NULL,
	  "Threads of each worker that wait for the disk; changes that wait "
	  "together are written together.", NULL },
	{ "threads.hash", NGINX, NUMBER(hash_threads), "0", 0, 256, NULL, NULL,
	  "Threads of each worker that check passwords; 0 is one for each "
	  "processor.", NULL },
	{ "threads.directory", NGINX, NUMBER(directory_threads), "16", 1, 256, NULL, NULL,
	  "Threads of each worker that wait for another server, as for Dovecot, which "
	  "takes its auth_failure_delay for a wrong password.", NULL },
	{ "threads.image", NGINX, NUMBER(image_threads), "4", 1, 256, NULL, NULL,
	  "Threads of each worker that wait for a picture to be made.", NULL },

	{ "login.realm", OURS, TEXT(realm), NULL, 0, 0, NULL, conf_is_realm,
	  "The realm that clients show beside the request for a password. Without "
	  "it: the host of public_url.", "example.com" },
	{ "login.remember_h", OURS, NUMBER(remember_max_h), "12", 0, 12, NULL, NULL,
	  "Hours for which a caller whose password was right is known without "
	  "checking it again. A changed password ends that at once. 0: every "
	  "request is checked, which takes about 30 ms of a processor.", NULL },
	{ "login.passwords", OURS, TEXT(passwords), "store", 0, 0, NULL, conf_is_password_source,
	  "Who knows whether a password is right: store is what frontdesk mailbox "
	  "passwd sets; dovecot is Dovecot, so that people sign in as for mail; "
	  "directory is for each one the section directory, sql or userdb that he is "
	  "from, and for mailboxes of our own what store is.", NULL },
	{ "login.remember_other_s", OURS, NUMBER(remember_other_s), "60", 0, 900, NULL, NULL,
	  "The same in seconds, for passwords that are not our own: a change of "
	  "one elsewhere is not known here before.", NULL },
	{ "login.mailbox", OURS, TEXT(login_mailbox), NULL, 0, 0, NULL, conf_is_login_pattern,
	  "Which address a login name means: %u is all of it, %n what is before its @, "
	  "%d what is behind it, or the DOMAIN of DOMAIN\\user. Without it: the name "
	  "itself; and of a name alone or with DOMAIN\\, that one in the accepted domain "
	  "that fits.", "%n@example.com" },
	{ "login.create_mailboxes", OURS, BOOL(login_create), "yes", 0, 0, NULL, NULL,
	  "With yes, whoever has proved elsewhere who he is (to Dovecot, with a ticket, "
	  "with a token) gets a mailbox if his address is in an accepted domain and he has "
	  "none.", NULL },
	{ "login.dovecot_socket", OURS, PATH(dovecot_socket), "/run/dovecot/auth-frontdesk", 0, 0, NULL, conf_is_socket,
	  "Dovecot's socket for asking it: a unix_listener of its service auth.", NULL },
	{ "login.dovecot_user", OURS, TEXT(dovecot_user), "%u", 0, 0, NULL, conf_is_login_pattern,
	  "What Dovecot is asked for: %u is the login as it was typed, or the "
	  "mailbox's address when that has no @; %n is what is before its @, %d what "
	  "is behind it.", "%n" },
	{ "login.dovecot_mailbox", OURS, BOOL(dovecot_mailbox_of_login), "answer", 0, 0, "login answer", NULL,
	  "Whose mailbox it is when Dovecot knows a login under another name: answer "
	  "is the mailbox of that name, login the mailbox of the name as typed.", NULL },
	{ "login.penalty_exempt", OURS, LIST(penalty_exempt), NULL, 0, 0, NULL, conf_is_network,
	  "Addresses and networks that are never made to wait after wrong "
	  "passwords: a proxy that cannot tell its clients' addresses, or your own "
	  "monitoring.", "192.0.2.10 10.1.0.0/16" },

	{ "negotiate.keytab", OURS, PATH(negotiate_keytab), NULL, 0, 0, NULL, conf_is_path,
	  "The Kerberos keys of this service: with them Negotiate is offered, and "
	  "who has a ticket for HTTP/ and the host of public_url needs no password. "
	  "The account that serves has to be able to read the file.", "http.keytab" },
	{ "negotiate.service", OURS, TEXT(negotiate_service), NULL, 0, 0, NULL, login_is_service,
	  "For which service tickets have to be, where the keytab has keys of more "
	  "than one. Without it: any whose name begins with HTTP/.",
	  "HTTP/mail.example.com@EXAMPLE.COM" },
	{ "negotiate.realms", OURS, LIST(negotiate_realms), NULL, 0, 0, NULL, login_is_realm,
	  "Whose tickets count: realms, each with = and the domain of its users' "
	  "addresses where that has another name. Without it: any realm whose name "
	  "is that of an accepted domain.", "AD.EXAMPLE.COM=example.com" },

	{ "bearer.client_id", OURS, TEXT(bearer_client_id), NULL, 0, 0, NULL, login_is_quotable,
	  "The client_id that the Bearer challenge tells clients.",
	  "00000002-0000-0ff1-ce00-000000000000" },
	{ "bearer.trusted_issuers", OURS, LIST(bearer_trusted_issuers), NULL, 0, 0, NULL, login_is_quotable,
	  "The trusted_issuers that it tells.", "00000001-0000-0000-c000-000000000000@*" },
	{ "bearer.authorization_uri", OURS, TEXT(bearer_authorization_uri), NULL, 0, 0, NULL, login_is_quotable,
	  "The authorization_uri that it tells.",
	  "https://login.example.com/oauth2/authorize" },

	{ "issuer.issuer", OURS, ISSUER_TEXT(issuer), NULL, 0, 0, NULL, login_is_quotable,
	  "What its tokens have to have in the claim iss, to the letter.",
	  "https://login.example.com/v2.0" },
	{ "issuer.audiences", OURS, ISSUER_LIST(audiences), NULL, 0, 0, NULL, login_is_quotable,
	  "For whom its tokens have to be, the claim aud: one of these.",
	  "https://mail.example.com https://outlook.office365.com" },
	{ "issuer.jwks", OURS, CONF_PATH, ISSUER_AT(jwks, const char *), NULL, 0, 0, "https:*", login_is_jwks,
	  "Its keys: a file with a JSON Web Key Set, or the URL of one. A file is "
	  "read again when it has changed. A URL is asked every hour, and for a "
	  "key that is not known; when it does not answer, the keys stay.",
	  "https://login.example.com/discovery/v2.0/keys" },
	{ "issuer.jwks_ca", OURS, CONF_PATH, ISSUER_AT(jwks_ca, const char *), NULL, 0, 0, NULL, conf_is_path,
	  "The certificates of the authorities that may have signed the URL's, in "
	  "PEM. Without it: those of the system.", "tls/login-ca.pem" },
	{ "issuer.algorithms", OURS, ISSUER_LIST(algorithms), "RS256 ES256", 0, 0, NULL, login_is_algorithm,
	  "How its tokens may be signed.", NULL },
	{ "issuer.clock_skew_s", OURS, CONF_NUMBER, ISSUER_AT(clock_skew_s, unsigned), "60", 0, 300, NULL, NULL,
	  "Seconds by which its clock may differ from ours.", NULL },
	{ "issuer.user_claim", OURS, ISSUER_TEXT(user_claim), "upn", 0, 0, NULL, login_is_word,
	  "The claim that has the user's address: upn, preferred_username, email.", NULL },
	{ "issuer.scope", OURS, ISSUER_TEXT(scope), "EWS.AccessAsUser.All", 0, 0, NULL, login_is_word,
	  "What a user's token has to have in the claim scp (or scope).", NULL },
	{ "issuer.role", OURS, ISSUER_TEXT(role), "full_access_as_app", 0, 0, NULL, login_is_word,
	  "What the token of an application without a user has to have in the "
	  "claim roles. It can do nothing unless there is a service_account for "
	  "it.", NULL },
	{ "issuer.domains", OURS, ISSUER_LIST(domains), NULL, 0, 0, NULL, login_is_domain,
	  "The domains that its users may be in. Without it: all accepted ones, of "
	  "every organization.", "example.com" },

	{ "service_account.domains", OURS, SERVICE_LIST(domains), NULL, 0, 0, NULL, login_is_domain,
	  "For all mailboxes whose address is in these domains.", "example.com example.org" },
	{ "service_account.addresses", OURS, SERVICE_LIST(addresses), NULL, 0, 0, NULL, login_is_address,
	  "For these mailboxes.", "info@example.com sales@example.com" },
	{ "service_account.client_id", OURS, SERVICE_TEXT(client_id), NULL, 0, 0, NULL, login_is_quotable,
	  "Of an application that signs in without a user: its name in the claim "
	  "appid, azp, client_id or sub.", "7ab7862c-4c57-491e-8a45-d52a7e023983" },
	{ "service_account.issuer", OURS, SERVICE_TEXT(issuer), NULL, 0, 0, NULL, NULL,
	  "The title of the issuer whose tokens have that client_id.", "example" },

	{ "oof.strict_replies", OURS, BOOL(strict_replies), "no", 0, 0, NULL, NULL,
	  "With yes, an absence without both of its replies is refused, as by "
	  "later Exchange; with no, a reply that is not sent stays as it was.", NULL },
	{ "oof.unzoned", OURS, BOOL(unzoned_is_mailbox_zone), "utc", 0, 0, "mailbox utc", NULL,
	  "What a time without a zone means: utc, as Exchange has it, or the zone "
	  "of the mailbox.", NULL },

	{ "photo.max_age_s", OURS, NUMBER(photo_max_age_s), "300", 0, 31536000, NULL, NULL,
	  "Seconds for which a client may show a photo without asking again.", NULL },
	{ "photo.epoch", OURS, NUMBER(photo_epoch), "0", 0, 1000000000, NULL, NULL,
	  "A number to change once when all clients have to fetch all photos "
	  "again.", NULL },
	{ "photo.unlisted_size", OURS, BOOL(photo_unlisted_size_largest), "largest", 0, 0, "largest 400", NULL,
	  "What a size like HR50x50, none of the nine, gets: the largest photo, or "
	  "the status 400.", NULL },
	{ "photo.hr48_from_directory", OURS, BOOL(photo_hr48_from_directory), "no", 0, 0, NULL, NULL,
	  "Whether the size HR48x48 is the directory's photo, where it has one, "
	  "also for those who have uploaded another one.", NULL },
	{ "photo.cache", NGINX, SIZE(photo_cache_bytes), "6MiB", 0, INT64_C(1) << 40, NULL, NULL,
	  "Memory of each worker for photos.", NULL },

	{ "avatar.domains", OURS, LIST(avatar_domains), NULL, 0, 0, NULL, login_is_domain,
	  "Domains whose photos anybody may see without a login, as programs fetch "
	  "them from Gravatar and Libravatar: at /avatar/ and the MD5 or SHA-256 of "
	  "the address. Who can guess an address can so learn whether it has a "
	  "photo, and see it. Without it: none.", "example.com" },

	{ "store.mailbox_cache", NGINX, NUMBER(mailbox_cache), "4096", 0, 10000000, NULL, NULL,
	  "Mailboxes that each worker keeps in memory.", NULL },
	{ "store.change_log_days", OURS, NUMBER(change_log_days), "30", 1, 3650, NULL, NULL,
	  "Days for which is kept what changed when.", NULL },
	{ "store.audit_days", OURS, NUMBER(audit_days), "366", 1, 3650, NULL, NULL,
	  "Days for which is kept who changed what of another's mailbox: what "
	  "frontdesk audit lists.", NULL },

	{ "log.access", NGINX, PATH(access_log), "stderr", 0, 0, "stderr off", conf_is_path,
	  "Where each request is told, one line of JSON each: a file, stderr, or "
	  "off.", NULL },
	{ "log.hash_targets", OURS, BOOL(log_hash_targets), "no", 0, 0, NULL, NULL,
	  "With yes, that log names mailboxes by a hash.", NULL },

#include "main/conf_carddav.def"
#include "main/conf_directory.def"
#include "main/conf_sql.def"
#include "main/conf_userdb.def"
#include "main/conf_reply.def"
#include "main/conf_backend.def"

	/* of frontdesk dev alone: it writes it, and nobody reads of it */
	{ "dev.socket", OURS, TEXT(dev_socket), NULL, 0, 0, NULL, is_abstract, NULL, NULL },
	/* clang-format on */
};

static const struct conf_section sections[] = {
	{
		.name = "issuer",
		.size = sizeof(struct issuer),
		.at = AT(issuers, const struct issuer *),
		.at_n = AT(issuers_n, size_t),
		.at_title = ISSUER_AT(title, const char *),
		.at_line = ISSUER_AT(line, unsigned),
		.most = ISSUERS_MAX,
		.needs = "issuer audiences jwks",
		.manual = "Whose OAuth access tokens are taken (Bearer); its "
			  "title is yours to choose.",
		.example = "example",
	},
	{
		.name = "service_account",
		.size = sizeof(struct service_account),
		.at = AT(service_accounts, const struct service_account *),
		.at_n = AT(service_accounts_n, size_t),
		.at_title = SERVICE_AT(title, const char *),
		.at_line = SERVICE_AT(line, unsigned),
		.most = SERVICE_ACCOUNTS_MAX,
		.manual = "Who may act for others by ExchangeImpersonation, "
			  "inside the own organization: the title is the "
			  "address of an account, however it signs in; that of "
			  "an application is yours to choose, and its "
			  "organization is that of the first domain or address "
			  "below.",
		.example = "robot@example.com",
	},
#include "main/conf_sections.def"
};

const struct conf_table conf_rows = {
	.rows = rows,
	.n = COUNT(rows),
	.sections = sections,
	.sections_n = COUNT(sections),
};
