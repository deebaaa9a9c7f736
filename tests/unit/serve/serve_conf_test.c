/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "serve/serve_conf.h"

static const char *const trusted[] = { "127.0.0.1", "10.0.0.0/8",
				       "unix:", NULL };

/* A small server, started by somebody who is not root. */
static const struct settings plain = {
	.file = "/srv/fd/frontdesk.conf",
	.dir = "/srv/fd",
	.listen = "127.0.0.1:8443",
	.status_listen = "127.0.0.1:8444",
	.public_url = "https://localhost:8443",
	.user = "frontdesk",
	.tls_certificate = "/srv/fd/tls/server.pem",
	.tls_key = "/srv/fd/tls/server.key",
	.proxy_trusted = trusted,
	.access_log = "/srv/fd/run/access.log",
	.workers = 1,
	.connections_max = 1000,
	.connections_per_source_max = 100,
	.header_timeout_s = 15,
	.body_timeout_s = 30,
	.send_timeout_s = 31,
	.keepalive_timeout_s = 75,
	.write_threads = 32,
	.hash_threads = 0,
	.directory_threads = 4,
	.image_threads = 5,
	.data = "/srv/fd/data",
	.run = "/srv/fd/run",
};

static const struct serve_machine small = {
	.module = "/usr/lib/frontdesk/m.so",
	.log = "/srv/fd/run/access.log",
	.processors = 2,
	.descriptors_max = 4096,
	.ipv6 = true,
};

static const char golden[] =
	"# Made by frontdesk serve at each start and reload.\n"
	"daemon off;\n"
	"error_log stderr warn;\n"
	"env FRONTDESK_SUPERVISED;\n"
	"env KRB5_CONFIG;\n"
	"load_module \"/usr/lib/frontdesk/m.so\";\n"
	"pid \"/srv/fd/run/nginx.pid\";\n"
	"lock_file \"/srv/fd/run/nginx.lock\";\n"
	"worker_processes 1;\n"
	"worker_rlimit_nofile 1512;\n"
	"worker_shutdown_timeout 20s;\n"
	"thread_pool frontdesk_write threads=32 max_queue=16384;\n"
	"thread_pool frontdesk_hash threads=2 max_queue=16384;\n"
	"thread_pool frontdesk_directory threads=4 max_queue=16384;\n"
	"thread_pool frontdesk_image threads=5 max_queue=16384;\n"
	"events {\n"
	"worker_connections 1256;\n"
	"use epoll;\n"
	"}\n"
	"http {\n"
	"log_format frontdesk escape=none $frontdesk_line;\n"
	"access_log \"/srv/fd/run/access.log\" frontdesk "
	"buffer=32768 flush=1s;\n"
	"client_body_temp_path \"/srv/fd/run/tmp/client_body\";\n"
	"proxy_temp_path \"/srv/fd/run/tmp/proxy\";\n"
	"fastcgi_temp_path \"/srv/fd/run/tmp/fastcgi\";\n"
	"uwsgi_temp_path \"/srv/fd/run/tmp/uwsgi\";\n"
	"scgi_temp_path \"/srv/fd/run/tmp/scgi\";\n"
	"frontdesk_bare_errors on;\n"
	"server_tokens off;\n"
	"sendfile off;\n"
	"tcp_nodelay on;\n"
	"merge_slashes on;\n"
	"client_header_timeout 15s;\n"
	"client_body_timeout 30s;\n"
	"send_timeout 31s;\n"
	"keepalive_timeout 75s;\n"
	"keepalive_requests 1000000;\n"
	"http2_max_concurrent_streams 32;\n"
	"lingering_time 10s;\n"
	"lingering_timeout 3s;\n"
	"keepalive_time 1d;\n"
	"reset_timedout_connection on;\n"
	"client_header_buffer_size 2k;\n"
	"large_client_header_buffers 4 24k;\n"
	"client_body_buffer_size 16k;\n"
	"ignore_invalid_headers off;\n"
	"limit_conn_zone $binary_remote_addr zone=frontdesk_source:8m;\n"
	"limit_conn_status 429;\n"
	"limit_conn_log_level info;\n"
	"server {\n"
	"listen 127.0.0.1:8443 ssl http2 default_server backlog=4096 "
	"sndbuf=131072;\n"
	"ssl_certificate \"/srv/fd/tls/server.pem\";\n"
	"ssl_certificate_key \"/srv/fd/tls/server.key\";\n"
	"ssl_protocols TLSv1.2 TLSv1.3;\n"
	"ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;\n"
	"ssl_session_timeout 1d;\n"
	"ssl_session_cache shared:frontdesk_tls:1048576;\n"
	"limit_conn frontdesk_source 100;\n"
	"location / {\n"
	"frontdesk \"/srv/fd/frontdesk.conf\";\n"
	"}\n"
	"}\n"
	"server {\n"
	"listen 127.0.0.1:8444 default_server;\n"
	"access_log off;\n"
	"location / {\n"
	"frontdesk \"/srv/fd/frontdesk.conf\" back;\n"
	"}\n"
	"}\n"
	"}\n";

static const char *
conf_of(struct op *op, const struct settings *s, const struct serve_machine *m)
{
	struct buf buf;

	buf_init(&buf, op, KIB, SERVE_CONF_MAX);
	assert_int_equal(serve_conf_write(op, s, m, &buf), OK);
	return buf_text(&buf);
}

static void
a_small_server_is_written_whole(void **state)
{
	assert_string_equal(conf_of(*state, &plain, &small), golden);
}

/* One change each to the server above. */
struct variant {
	const char *row;
	void (*change)(struct settings *s, struct serve_machine *m);
	const char *has; /* a line, or a part of it */
	const char *lacks;
};

static void
as_root(struct settings *s, struct serve_machine *m)
{
	(void)s;
	m->user = "frontdesk";
	m->group = "service";
}

static void
many_workers(struct settings *s, struct serve_machine *m)
{
	(void)m;
	s->workers = 3;
}

static void
workers_of_machine(struct settings *s, struct serve_machine *m)
{
	s->workers = 0;
	m->processors = 7;
}

static void
hash_threads(struct settings *s, struct serve_machine *m)
{
	(void)m;
	s->hash_threads = 9;
}

static void
no_log(struct settings *s, struct serve_machine *m)
{
	(void)s;
	m->log = NULL;
}

static void
log_to_pipe(struct settings *s, struct serve_machine *m)
{
	(void)s;
	m->log = "/proc/self/fd/3";
	m->log_is_pipe = true;
}

static void
few_descriptors(struct settings *s, struct serve_machine *m)
{
	(void)s;
	m->descriptors_max = 1511;
}

static void
just_enough_descriptors(struct settings *s, struct serve_machine *m)
{
	(void)s;
	m->descriptors_max = 1512;
}

static void
no_source_limit(struct settings *s, struct serve_machine *m)
{
	(void)m;
	s->connections_per_source_max = 0;
}

static void
every_address(struct settings *s, struct serve_machine *m)
{
	(void)m;
	s->listen = "*:443";
}

static void
every_address_of_v4(struct settings *s, struct serve_machine *m)
{
	s->listen = "*:443";
	m->ipv6 = false;
}

static void
one_of_v6(struct settings *s, struct serve_machine *m)
{
	(void)m;
	s->listen = "[::1]:443";
}

static void
status_on_socket(struct settings *s, struct serve_machine *m)
{
	(void)m;
	s->status_listen = "unix:/run/fd/status";
}

static void
proxy(struct settings *s, struct serve_machine *m)
{
	(void)m;
	s->proxy_listen = "127.0.0.1:8080";
}

static void
proxy_protocol(struct settings *s, struct serve_machine *m)
{
	proxy(s, m);
	s->proxy_protocol = true;
}

static void
blanks_and_umlauts(struct settings *s, struct serve_machine *m)
{
	(void)m;
	s->file = "/srv/B\xc3\xbcro 1; {x}/frontdesk.conf";
}

static const struct variant variants[] = {
	/* clang-format off */
	{ "not as root",           no_log,              "pid \"",                     "\nuser " },
	{ "as root",               as_root,             "\nuser frontdesk service;\n", NULL },
	{ "one worker",            no_log,              "worker_processes 1;",        "reuseport" },
	{ "three workers",         many_workers,        " backlog=4096 sndbuf=131072 reuseport;", "sndbuf=131072;" },
	{ "three workers, status", many_workers,        ":8444 default_server;",      NULL },
	{ "a worker a processor",  workers_of_machine,  "worker_processes 7;",        NULL },
	{ "hashing by setting",    hash_threads,        "frontdesk_hash threads=9 ",  NULL },
	{ "hashing by processors", workers_of_machine,  "frontdesk_hash threads=7 ",  NULL },
	{ "no log",                no_log,              "\naccess_log off;\n",        "log_format" },
	{ "a log to a pipe",       log_to_pipe,         "\"/proc/self/fd/3\" frontdesk buffer=4096 ", NULL },
	{ "few descriptors",       few_descriptors,     "nofile 1511;",               NULL },
	{ "just enough of them",   just_enough_descriptors, "nofile 1512;",           NULL },
	{ "no limit of a source",  no_source_limit,     "ignore_invalid_headers",     "limit_conn" },
	{ "every address",         every_address,       "listen *:443 ssl",           NULL },
	{ "every address, v6",     every_address,       "listen [::]:443 ipv6only=on ssl http2 default_server backlog=4096 sndbuf=131072;", NULL },
	{ "no IPv6",               every_address_of_v4, "listen *:443 ssl",           "[::]" },
	{ "one address of IPv6",   one_of_v6,           "listen [::1]:443 ssl",       "ipv6only" },
	{ "status on a socket",    status_on_socket,    "listen unix:/run/fd/status default_server;", NULL },
	{ "no proxy",              no_log,              "back;",                      "proxied" },
	{ "no proxy, no trust",    no_log,              "back;",                      "set_real_ip_from" },
	{ "a proxy",               proxy,               "listen 127.0.0.1:8080 default_server backlog=4096;", "proxy_protocol" },
	{ "a proxy's place",       proxy,               "frontdesk \"/srv/fd/frontdesk.conf\" proxied;", NULL },
	{ "whom we believe",       proxy,               "real_ip_header X-Forwarded-For;", NULL },
	{ "whom, one by one",      proxy,               "set_real_ip_from 127.0.0.1;\nset_real_ip_from 10.0.0.0/8;\nset_real_ip_from unix:;\n", NULL },
	{ "who is no proxy",       proxy,               "default 0;\n127.0.0.1 1;\n10.0.0.0/8 1;\n255.255.255.255 1;\n}\n", NULL },
	{ "gets nothing",          proxy,               "if ($frontdesk_peer = 0) {\nreturn 403;\n}\n", NULL },
	{ "PROXY protocol",        proxy_protocol,      "listen 127.0.0.1:8080 default_server backlog=4096 proxy_protocol;", NULL },
	{ "PROXY's address",       proxy_protocol,      "real_ip_header proxy_protocol;", "X-Forwarded-For" },
	{ "the front has no TLS 1.1", no_log,           "ssl_protocols TLSv1.2 TLSv1.3;", "TLSv1.1" },
	{ "an odd folder",         blanks_and_umlauts,  "frontdesk \"/srv/B\xc3\xbcro 1; {x}/frontdesk.conf\" back;", NULL },
	/* clang-format on */
};

static void
each_setting_changes_its_lines(void **state)
{
	for (size_t i = 0; i < COUNT(variants); i++) {
		const struct variant *v = &variants[i];
		struct settings s = plain;
		struct serve_machine m = small;
		const char *text;

		v->change(&s, &m);
		text = conf_of(*state, &s, &m);
		CHECK_ROW(v->row, strstr(text, v->has) != NULL);
		if (v->lacks != NULL)
			CHECK_ROW(v->row, strstr(text, v->lacks) == NULL);
	}
}

static void
a_path_that_nginx_would_misread_is_refused(void **state)
{
	static const char *const bad[] = { "/a\"b", "/a\\b", "/a$b", "/a\nb",
					   "/a\tb" };
	struct op *op = *state;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct settings s = plain;
		struct serve_machine m = small;
		struct buf buf;

		buf_init(&buf, op, KIB, SERVE_CONF_MAX);
		s.file = bad[i];
		CHECK_ROW(bad[i],
			  serve_conf_write(op, &s, &m, &buf) == ERR_INVALID);
		s = plain;
		s.run = bad[i];
		CHECK_ROW(bad[i],
			  serve_conf_write(op, &s, &m, &buf) == ERR_INVALID);
		s = plain;
		m.module = bad[i];
		CHECK_ROW(bad[i],
			  serve_conf_write(op, &s, &m, &buf) == ERR_INVALID);
	}
}

/* Braces open and close, and each other line ends: what nginx must be able to
 * read is at least well formed, whatever the settings. */
static void
every_block_is_closed(void **state)
{
	for (size_t i = 0; i < COUNT(variants); i++) {
		struct settings s = plain;
		struct serve_machine m = small;
		const char *p;
		int depth = 0;

		variants[i].change(&s, &m);
		for (p = conf_of(*state, &s, &m); *p != '\0';) {
			size_t n = strcspn(p, "\n");
			char end = p[n - 1];

			depth += end == '{' ? 1 : end == '}' ? -1 : 0;
			CHECK_ROW(variants[i].row,
				  p[0] == '#' || strchr("{};", end) != NULL);
			CHECK_ROW(variants[i].row, depth >= 0);
			p += n + 1;
		}
		CHECK_ROW(variants[i].row, depth == 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_small_server_is_written_whole),
		UNIT_TEST(each_setting_changes_its_lines),
		UNIT_TEST(a_path_that_nginx_would_misread_is_refused),
		UNIT_TEST(every_block_is_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
