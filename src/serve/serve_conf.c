/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/serve_conf.h"

#include "base/net.h"
#include "main/open.h"

#include <string.h>

#define BACKLOG                                                                \
	4096 /* connections that wait to be taken; the kernel's most           \
	      */
/* Of an answer, kept by the system. What is above has to be taken by its client
 * in the time for that: who asks and never reads is noticed. */
#define SEND_BUFFER (128 * KIB)
#define SESSIONS MIB /* of TLS, for clients that know no tickets */
#define STREAMS 32   /* at once, each with an answer that waits to be taken */
#define KEEPALIVE_REQUESTS 1000000 /* on one connection */
#define LINGER_TOTAL_S 10          /* for what a refused client still sends */
#define LINGER_PAUSE_S 3
#define LOG_BUFFER (32 * KIB)

/* Forward secrecy and authenticated encryption only; TLS 1.3 has its own. */
#define CIPHERS                                                                \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"           \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"           \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

unsigned
serve_conf_workers(const struct settings *s, const struct serve_machine *m)
{
	return s->workers > 0 ? s->workers : m->processors;
}

/* In quotes. nginx gives a meaning to $ even there, and no way around it. */
static enum err
put_quoted(struct op *op, struct buf *out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || strchr("\"\\$", *p) != NULL)
			return FAIL(op, ERR_INVALID,
				    "%s: nginx takes no path with \", \\, $ "
				    "or a control character in it",
				    text);
	}
	buf_printf(out, "\"%s\"", text);
	return OK;
}

static enum err
put_path(struct op *op, struct buf *out, const char *directive,
	 const char *path)
{
	buf_printf(out, "%s ", directive);
	TRY(put_quoted(op, out, path));
	buf_puts(out, ";\n");
	return OK;
}

static enum err
put_run_path(struct op *op, struct buf *out, const char *directive,
	     const struct settings *s, const char *name)
{
	return put_path(op, out, directive,
			op_print(op, "%s/%s", s->run, name));
}

static void
put_pool(struct buf *out, const char *name, unsigned threads)
{
	buf_printf(out, "thread_pool frontdesk_%s threads=%u max_queue=%d;\n",
		   name, threads, SERVE_QUEUE_MAX);
}

/* As many as the connections take, within what the system allows. */
static unsigned
descriptors_of(const struct settings *s, const struct serve_machine *m)
{
	unsigned want = s->connections_max + SERVE_DESCRIPTORS_SPARE;

	return want < m->descriptors_max ? want : m->descriptors_max;
}

static enum err
put_process(struct op *op, const struct settings *s,
	    const struct serve_machine *m, struct buf *out)
{
	buf_puts(out, "# Made by frontdesk serve at each start and reload.\n"
		      "daemon off;\n"
		      "error_log stderr warn;\n"
		      "env " SETTINGS_ENV ";\n"
		      "env KRB5_CONFIG;\n");
	TRY(put_path(op, out, "load_module", m->module));
	if (m->user != NULL)
		buf_printf(out, "user %s %s;\n", m->user, m->group);
	TRY(put_run_path(op, out, "pid", s, "nginx.pid"));
	TRY(put_run_path(op, out, "lock_file", s, "nginx.lock"));
	buf_printf(out, "worker_processes %u;\n", serve_conf_workers(s, m));
	buf_printf(out, "worker_rlimit_nofile %u;\n", descriptors_of(s, m));
	buf_printf(out, "worker_shutdown_timeout %ds;\n", SERVE_SHUTDOWN_S);
	put_pool(out, "write", s->write_threads);
	put_pool(out, "hash",
		 s->hash_threads > 0 ? s->hash_threads : m->processors);
	put_pool(out, "directory", s->directory_threads);
	put_pool(out, "image", s->image_threads);
	buf_printf(out, "events {\nworker_connections %u;\nuse epoll;\n}\n",
		   s->connections_max + SERVE_DESCRIPTORS_SPARE / 2);
	return OK;
}

/* A pipe that several workers write to keeps lines whole only up to a size. */
static enum err
put_log(struct op *op, const struct serve_machine *m, struct buf *out)
{
	if (m->log == NULL) {
		buf_puts(out, "access_log off;\n");
		return OK;
	}
	buf_puts(out, "log_format frontdesk escape=none $frontdesk_line;\n"
		      "access_log ");
	TRY(put_quoted(op, out, m->log));
	buf_printf(out, " frontdesk buffer=%zu flush=1s;\n",
		   m->log_is_pipe ? (size_t)SERVE_LOG_LINE_MAX : LOG_BUFFER);
	return OK;
}

static enum err
put_temporary(struct op *op, const struct settings *s, struct buf *out)
{
	static const char *const kinds[] = { "client_body", "proxy", "fastcgi",
					     "uwsgi", "scgi" };

	for (size_t i = 0; i < COUNT(kinds); i++)
		TRY(put_run_path(op, out,
				 op_print(op, "%s_temp_path", kinds[i]), s,
				 op_print(op, "tmp/%s", kinds[i])));
	return OK;
}

/* Slow clients: each of these times is for the whole of its part; the module
 * sees to that for bodies and answers. */
static void
put_limits(const struct settings *s, struct buf *out)
{
	buf_printf(out, "client_header_timeout %us;\n", s->header_timeout_s);
	buf_printf(out, "client_body_timeout %us;\n", s->body_timeout_s);
	buf_printf(out, "send_timeout %us;\n", s->send_timeout_s);
	buf_printf(out, "keepalive_timeout %us;\n", s->keepalive_timeout_s);
	buf_printf(out, "keepalive_requests %d;\n", KEEPALIVE_REQUESTS);
	buf_printf(out, "http2_max_concurrent_streams %d;\n", STREAMS);
	buf_printf(out, "lingering_time %ds;\nlingering_timeout %ds;\n",
		   LINGER_TOTAL_S, LINGER_PAUSE_S);
	buf_puts(out, "keepalive_time 1d;\n"
		      "reset_timedout_connection on;\n"
		      "client_header_buffer_size 2k;\n"
		      "large_client_header_buffers 4 24k;\n"
		      "client_body_buffer_size 16k;\n"
		      "ignore_invalid_headers off;\n");
	if (s->connections_per_source_max == 0)
		return;
	buf_puts(out, "limit_conn_zone $binary_remote_addr "
		      "zone=frontdesk_source:8m;\n"
		      "limit_conn_status 429;\n"
		      "limit_conn_log_level info;\n");
}

static enum err
put_place(struct op *op, const struct settings *s, const char *words,
	  struct buf *out)
{
	buf_puts(out, "location / {\nfrontdesk ");
	TRY(put_quoted(op, out, s->file));
	buf_printf(out, "%s;\n}\n", words);
	return OK;
}

/* `*` is every address, of both kinds where there are both. */
static void
put_listen(struct buf *out, const char *listen, const char *words, bool ipv6)
{
	struct net net;
	unsigned port;

	buf_printf(out, "listen %s%s;\n", listen, words);
	if (ipv6 && listen[0] == '*' && net_parse_listen(listen, &net, &port))
		buf_printf(out, "listen [::]:%u ipv6only=on%s;\n", port, words);
}

static enum err
put_front(struct op *op, const struct settings *s,
	  const struct serve_machine *m, struct buf *out)
{
	/* A queue for each worker spreads connections evenly. */
	const char *spread = serve_conf_workers(s, m) > 1 ? " reuseport" : "";

	buf_puts(out, "server {\n");
	put_listen(out, s->listen,
		   op_print(op,
			    " ssl http2 default_server backlog=%d "
			    "sndbuf=%zu%s",
			    BACKLOG, (size_t)SEND_BUFFER, spread),
		   m->ipv6);
	TRY(put_path(op, out, "ssl_certificate", s->tls_certificate));
	TRY(put_path(op, out, "ssl_certificate_key", s->tls_key));
	buf_puts(out, "ssl_protocols TLSv1.2 TLSv1.3;\n"
		      "ssl_ciphers " CIPHERS ";\n"
		      "ssl_session_timeout 1d;\n");
	buf_printf(out, "ssl_session_cache shared:frontdesk_tls:%zu;\n",
		   (size_t)SESSIONS);
	/* Only here: a proxy's connections are its own, whoever asks on them.
	 */
	if (s->connections_per_source_max > 0)
		buf_printf(out, "limit_conn frontdesk_source %u;\n",
			   s->connections_per_source_max);
	TRY(put_place(op, s, "", out));
	buf_puts(out, "}\n");
	return OK;
}

static enum err
put_back(struct op *op, const struct settings *s, struct buf *out)
{
	buf_puts(out, "server {\n");
	put_listen(out, s->status_listen, " default_server", false);
	buf_puts(out, "access_log off;\n");
	TRY(put_place(op, s, " back", out));
	buf_puts(out, "}\n");
	return OK;
}

/* Who is not the trusted proxy gets nothing here. A peer on a Unix socket has
 * no address: nginx looks it up as 255.255.255.255. */
static void
put_trusted(const struct settings *s, struct buf *out)
{
	buf_puts(out,
		 "geo $realip_remote_addr $frontdesk_peer {\ndefault 0;\n");
	for (size_t i = 0; s->proxy_trusted[i] != NULL; i++)
		buf_printf(out, "%s 1;\n",
			   strcmp(s->proxy_trusted[i], "unix:") == 0
				   ? "255.255.255.255"
				   : s->proxy_trusted[i]);
	buf_puts(out, "}\n");
}

static enum err
put_proxy(struct op *op, const struct settings *s, struct buf *out)
{
	if (s->proxy_listen == NULL)
		return OK;
	put_trusted(s, out);
	buf_puts(out, "server {\n");
	put_listen(out, s->proxy_listen,
		   op_print(op, " default_server backlog=%d%s", BACKLOG,
			    s->proxy_protocol ? " proxy_protocol" : ""),
		   false);
	for (size_t i = 0; s->proxy_trusted[i] != NULL; i++)
		buf_printf(out, "set_real_ip_from %s;\n", s->proxy_trusted[i]);
	buf_printf(out, "real_ip_header %s;\nreal_ip_recursive on;\n",
		   s->proxy_protocol ? "proxy_protocol" : "X-Forwarded-For");
	buf_puts(out, "if ($frontdesk_peer = 0) {\nreturn 403;\n}\n");
	TRY(put_place(op, s, " proxied", out));
	buf_puts(out, "}\n");
	return OK;
}

enum err
serve_conf_write(struct op *op, const struct settings *s,
		 const struct serve_machine *m, struct buf *out)
{
	TRY(put_process(op, s, m, out));
	buf_puts(out, "http {\n");
	TRY(put_log(op, m, out));
	TRY(put_temporary(op, s, out));
	buf_puts(out, "frontdesk_bare_errors on;\n"
		      "server_tokens off;\n"
		      "sendfile off;\n"
		      "tcp_nodelay on;\n"
		      "merge_slashes on;\n");
	put_limits(s, out);
	TRY(put_front(op, s, m, out));
	TRY(put_back(op, s, out));
	TRY(put_proxy(op, s, out));
	buf_puts(out, "}\n");
	return buf_err(out);
}
