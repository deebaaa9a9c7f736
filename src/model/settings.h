/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the configuration file says, one member a setting; filled in by
 * main/conf_table.c, where each has its default, its limits and its manual.
 * Never changed once loaded: a reload makes another one, and an op keeps the
 * one that it began with.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ISSUERS_MAX 16           /* sections */
#define SERVICE_ACCOUNTS_MAX 256 /* sections */
#define DIRECTORIES_MAX 16       /* sections */
#define USERDBS_MAX 16           /* sections */
#define SQLS_MAX 32              /* sections */
#define CARDDAVS_MAX 16          /* sections */
#define ORGANIZATIONS_MAX 1000   /* sections */
#define BACKENDS_MAX 64          /* sections */

/* Whose access tokens are taken: issuer "title" { ... }. */
struct issuer {
	const char *title;
	unsigned line;      /* of the file */
	const char *issuer; /* the claim iss, to the letter */
	const char *const *audiences;
	const char *jwks;    /* absolute path, or https URL */
	const char *jwks_ca; /* certificates that the URL's has to come from;
				NULL: the system's */
	const char *const *algorithms; /* "RS256", "ES256" */
	unsigned clock_skew_s;
	const char *user_claim;     /* which claim is the user's address */
	const char *scope;          /* what a user's token has to have, ... */
	const char *role;           /* ... and one of an application alone */
	const char *const *domains; /* of its users; none: all that are ours */
};

/* Who may act for others: service_account "title" { ... }. */
struct service_account {
	const char *title; /* the account's address, or of an application any
			      name */
	unsigned line;
	const char *client_id; /* an application's, in its issuer's tokens */
	const char *issuer;    /* the title of that issuer */
	const char *const *domains;   /* for all mailboxes in them, ... */
	const char *const *addresses; /* ... and for these */
};

/* People in LDAP: directory "title" { ... }. NULL: as the preset has it. */
struct directory_section {
	const char *title;
	unsigned line;
	const char *const *uri; /* one after the other, if one is down */
	const char *base;
	const char *preset;         /* "ad", "openldap" */
	const char *const *domains; /* whose people; none: all that are ours */
	bool starttls;              /* on ldap:// */
	const char *ca;             /* PEM; NULL: the system's */
	const char *bind_dn;        /* simple bind; NULL: anonymous, ... */
	const char *password_file;  /* ... of which this is the password */
	const char *keytab;         /* ... or GSSAPI with this one */
	const char *principal;      /* NULL: the first one in the keytab */
	unsigned timeout_ms;        /* of one operation */
	unsigned page_size;
	unsigned refresh_s, stale_max_s, poll_s;
	const char *filter;        /* who is a person at all */
	const char *uid_attribute; /* objectGUID, entryUUID */
	const char *mail_attribute;
	const char *const *alias_attributes; /* proxyAddresses, ... */
	const char *name_attribute;
	const char *const *photo_attributes; /* first choice first */
	bool photo_write_back;               /* into the first of them */
	bool login;                /* passwords are checked by a bind */
	const char *contacts_base; /* %u %n %d; NULL: none are there */
	const char *contacts_filter;
	const char *const *contacts_mail;
};

/* People in Dovecot's userdb: userdb "title" { ... }. */
struct userdb_section {
	const char *title;
	unsigned line;
	const char *socket; /* auth-userdb */
	const char *user;   /* %u %n %d of the address: what is asked for */
	const char *const *domains;
	const char *name_field; /* of its answer; NULL: it tells no names */
	unsigned timeout_ms;
	unsigned refresh_s;
};

/* People in the site's SQL: sql "title" { ... }. */
struct sql_section {
	const char *title;
	unsigned line;
	const char *driver;  /* "sqlite", "postgresql", "mysql" */
	const char *connect; /* a path, or what the driver takes */
	const char *password_file;
	const char *preset; /* "postfixadmin", "mailcow", "iredmail" */
	const char *const *domains;
	const char *person_query; /* NULL: the preset's */
	const char *alias_query;
	const char *list_query;
	bool login; /* its password hashes count */
	unsigned timeout_ms;
	unsigned refresh_s;
};

/* People's contacts at a CardDAV server: carddav "title" { ... }. */
struct carddav_section {
	const char *title;
	unsigned line;
	const char *url;  /* %u %n %d: an address book, a principal, a server */
	const char *user; /* likewise; as whom it is asked */
	const char *password_file; /* NULL: without a login */
	const char *ca;            /* PEM; NULL: the system's */
	const char *const
		*domains; /* whose contacts; none: all that are ours */
	unsigned every_s;
};

/* Who sends the replies of some domains: backend "title" { ... }. */
struct backend_section {
	const char *title;
	unsigned line;
	const char *kind;           /* BACKEND_..., model/backend.h */
	const char *const *domains; /* none: all that no other section has */
	const char *user;     /* %u %n %d of the address: its name there */
	uint64_t size_max;    /* bytes of a script that is taken there */
	const char *folder;   /* sieve-file: where scripts lie */
	const char *file;     /* sieve-file: %u %n %d of `user`: their names */
	const char *database; /* sieve-sql: the file */
	const char *server;   /* managesieve: host:port */
	bool starttls;
	const char *ca;     /* PEM; NULL: the system's */
	const char *master; /* managesieve: who signs in for all */
	const char *password_file;
	const char *script; /* managesieve: the name of ours */
	unsigned timeout_ms;
	const char *log; /* Dovecot's, for `oof log`; NULL: not readable */
};

/* What holds for one organization: organization "domain" { ... }. */
struct organization_section {
	const char *title; /* any of its accepted domains */
	unsigned line;
	const char *const *trusted_domains; /* who is inside all the same */
};

struct settings {
	const char *file; /* absolute path of the configuration */
	const char *dir;  /* its folder; relative paths begin there */

	/* nginx's own part: a change needs nginx to reload */
	const char *listen;        /* "127.0.0.1:8443" */
	const char *status_listen; /* loopback or "unix:PATH" */
	const char *public_url;    /* "https://host:port", without a last / */
	const char *user;          /* who serves when started as root */
	const char *tls_certificate;
	const char *tls_key;
	const char *proxy_listen; /* plain, for a trusted proxy; NULL: none */
	const char *const
		*proxy_trusted; /* addresses and networks; NULL-ended */
	bool proxy_protocol;
	const char *access_log; /* path, or "stderr", or "off" */
	unsigned workers;       /* 0: one a core */
	unsigned connections_max;
	unsigned connections_per_source_max;
	uint64_t body_memory; /* bytes, of each worker */
	unsigned header_timeout_s, body_timeout_s, send_timeout_s,
		keepalive_timeout_s;
	unsigned write_threads, hash_threads, directory_threads, image_threads;

	/* ours: re-read in place */
	const char *data; /* absolute path of the folder with the store */
	const char *run;  /* absolute path of the folder for run-time files */
	const char *modules; /* where nginx's module lies; NULL: beside us */
	const char *realm;   /* of Basic; NULL: the host of public_url */
	unsigned op_timeout_ms;
	unsigned photo_max_age_s; /* */
	unsigned photo_epoch;     /* part of every entity tag when not 0 */
	bool photo_hr48_from_directory;    /* */
	bool photo_unlisted_size_largest;  /* R-16; else 400 */
	const char *const *avatar_domains; /* whose pictures anybody may see */
	bool strict_replies;               /* */
	bool unzoned_is_mailbox_zone;      /* facts A.6 */
	bool address_book_public;          /* */
	bool resolve_names;                /* of colleagues */
	bool log_hash_targets;
	const char *zone;          /* of mailboxes without their own */
	unsigned remember_max_h;   /* remembered callers, own store: 12 */
	const char *passwords;     /* whose they are: "store"; NULL: the same */
	unsigned remember_other_s; /* the same, of passwords from elsewhere */
	const char *dovecot_socket;
	const char *dovecot_user;      /* "%u": what Dovecot is asked for */
	bool dovecot_mailbox_of_login; /* else of the name that it answers */
	const char *const *penalty_exempt; /* addresses and networks */
	const struct issuer *issuers;
	size_t issuers_n;
	const char *negotiate_keytab;  /* absolute path; NULL: no Negotiate */
	const char *negotiate_service; /* a principal; NULL: any of HTTP */
	const char *const *negotiate_realms; /* "REALM" or "REALM=domain" */
	const char *bearer_client_id; /* parameters of the Bearer challenge */
	const char *bearer_authorization_uri;
	const char *const *bearer_trusted_issuers;
	const struct service_account *service_accounts;
	size_t service_accounts_n;
	const struct directory_section *directories;
	size_t directories_n;
	const struct userdb_section *userdbs;
	size_t userdbs_n;
	const struct sql_section *sqls;
	size_t sqls_n;
	const struct carddav_section *carddavs;
	size_t carddavs_n;
	const struct organization_section *organizations;
	size_t organizations_n;
	const char *const *reply_subjects; /* "LANG=TEMPLATE" or "TEMPLATE" */
	const char *reply_delimiter;       /* "+"; "none" */
	const char *reply_authserv_id;     /* NULL: nobody's word counts */
	bool reply_external_authenticated; /* effect E-14 */
	bool reply_internal_authenticated; /* effect E-23 */
	bool reply_from_recipient;         /* MAIL FROM; else it is null */
	unsigned reply_mailbox_per_minute; /* effect E-17 */
	unsigned reply_site_per_minute;
	const struct backend_section *backends;
	size_t backends_n;
	const char *milter_listen;          /* "unix:PATH", "host:port"; NULL */
	const char *const *milter_networks; /* whose clients are of the site */
	unsigned milter_delay_s;            /* before a reply goes (E-38) */
	const char *outbox_server;          /* "host:port": it signs, too */
	bool outbox_starttls;
	const char *outbox_ca; /* PEM; NULL: the system's */
	const char *outbox_user, *outbox_password_file; /* NULL: no login */
	unsigned outbox_timeout_ms;
	unsigned outbox_give_up_h; /* then a reply is not wanted any more */
	unsigned answer_days; /* that answered senders are kept after it all */
	uint8_t sources_sum[32];   /* another one when these three are */
	uint8_t replies_sum[32];   /* ... and when backends, organizations or
				      the looks of replies are */
	const char *login_mailbox; /* %u %n %d of a login name: its address */
	bool login_create; /* a login that is right elsewhere makes a mailbox */
	uint8_t login_sum[32];      /* another one when anything of these, or of
				       login, is another */
	uint64_t photo_cache_bytes; /* per worker */
	unsigned mailbox_cache;     /* entries per worker */
	unsigned change_log_days;
	unsigned audit_days;

	/* Hidden, and only for the server that `frontdesk dev` makes. */
	const char *dev_socket; /* "@name": where it is; NULL: it is not */
};
