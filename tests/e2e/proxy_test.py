#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Behind a trusted proxy, and inside a site's own nginx."""
import json
import os
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import at_end, case, cases, check, equal, main, until
from lib.http import Client
from lib.installation import BUILD, PASSWORD, Installation, environment, free_port
from lib.soap import expect, get_oof

site = Installation("proxy")
ME = site.add("me@example.com")
PLAIN = free_port()
site.configure(f'proxy {{\n\tlisten = "127.0.0.1:{PLAIN}"\n\ttrusted = {{"127.0.0.1"}}\n}}\n')
site.start()


def plain(user=ME):
    return Client(("127.0.0.1", PLAIN), user=user, password=PASSWORD)


def logged(source, do):
    """The access line that `do` adds names this source."""
    before = len(site.access_lines())
    do()
    until(10, "the line", lambda: len(site.access_lines()) > before)
    equal([json.loads(line)["source"] for line in site.access_lines()[before:]], [source])


def secure():
    equal(plain().post(get_oof(ME), x_forwarded_proto="https").status, 200)
    answer = plain().post(get_oof(ME))
    check(answer.status in (401, 403), answer)
    check("Basic" not in (answer["WWW-Authenticate"] or ""), "Basic offered in the clear")
    answer = plain().post(get_oof(ME), x_forwarded_proto="http")
    check(answer.status in (401, 403), answer)


def forwarded_for():
    time.sleep(1.5)  # lines of earlier cases are written meanwhile
    logged("192.0.2.55", lambda: plain().post(get_oof(ME), x_forwarded_proto="https",
                                              x_forwarded_for="192.0.2.55"))
    # the TLS listener believes nobody
    logged("127.0.0.1", lambda: site.client(ME).post(get_oof(ME), x_forwarded_for="192.0.2.66"))


def proxy_protocol():
    site.stop()
    site.configure(f'proxy {{\n\tlisten = "127.0.0.1:{PLAIN}"\n\ttrusted = {{"127.0.0.1"}}\n'
                   "\tprotocol = yes\n}\n")
    site.start()
    body = get_oof(ME).encode()
    head = (f"POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\nAuthorization: {plain().authorization}\r\n"
            f"Content-Type: text/xml\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode()

    def proxied():
        got = plain().raw(b"PROXY TCP4 192.0.2.77 127.0.0.1 1234 443\r\n" + head + body)
        check(got.startswith(b"HTTP/1.1 200"), got[:200])
    logged("192.0.2.77", proxied)
    check(not plain().raw(head + body, seconds=3).startswith(b"HTTP/1.1 200"), "no PROXY line")


def loopback_only(listen):
    site.stop()
    site.configure(f'proxy {{\n\tlisten = "{listen}"\n\ttrusted = {{"127.0.0.1"}}\n}}\n')
    done = site.command("check")
    equal(done.returncode, 78, done.stderr)
    check(b"listen" in done.stderr, done.stderr)


def own_nginx():
    """The module in a site's own nginx, beside `serve --without-web`."""
    site.stop()
    site.configure(f'proxy {{\n\tlisten = "127.0.0.1:{PLAIN}"\n\ttrusted = {{"127.0.0.1"}}\n}}\n')
    site.start("--without-web", wait=False)
    own = os.path.join(site.parent, "nginx")
    os.makedirs(os.path.join(own, "logs"))
    os.chmod(own, 0o755)
    tls_port, clear_port = free_port(), free_port()
    user = "user root;" if os.getuid() == 0 and os.stat(os.path.join(site.dir, "data")).st_uid == 0 else ""
    if os.getuid() == 0 and not user:
        import pwd
        import grp
        st = os.stat(os.path.join(site.dir, "data"))
        user = f"user {pwd.getpwuid(st.st_uid).pw_name} {grp.getgrgid(st.st_gid).gr_name};"
    with open(os.path.join(own, "nginx.conf"), "w") as f:
        f.write(f"""
{user}
load_module {BUILD}/ngx_http_frontdesk_module.so;
pid {own}/pid;
error_log {own}/error.log;
thread_pool frontdesk_write threads=16;
thread_pool frontdesk_hash threads=2;
thread_pool frontdesk_directory threads=2;
thread_pool frontdesk_image threads=2;
events {{}}
http {{
    access_log off;
    client_body_temp_path {own}/body; proxy_temp_path {own}/proxy;
    fastcgi_temp_path {own}/fastcgi; uwsgi_temp_path {own}/uwsgi; scgi_temp_path {own}/scgi;
    server {{
        listen 127.0.0.1:{tls_port} ssl;
        listen 127.0.0.1:{clear_port};
        ssl_certificate {site.dir}/tls/server.pem;
        ssl_certificate_key {site.dir}/tls/server.key;
        location / {{ return 200 "the site itself"; }}
        location ~* ^/(ews|autodiscover)/ {{ frontdesk {site.conf}; }}
    }}
}}
""")
    env = environment()
    if "FRONTDESK_NGINX_PRELOAD" in env:
        env["LD_PRELOAD"] = env["FRONTDESK_NGINX_PRELOAD"]
    said = open(os.path.join(own, "said"), "w+")
    process = subprocess.Popen(["/usr/sbin/nginx", "-p", own, "-c", f"{own}/nginx.conf",
                                "-e", f"{own}/error.log", "-g", "daemon off;"],
                               env=env, stdout=said, stderr=said)
    try:
        def up():
            check(process.poll() is None, open(f"{own}/said").read())
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", tls_port)) == 0
        until(20, "nginx listens", up)
        client = Client(("127.0.0.1", tls_port), ca=site.ca, user=ME, password=PASSWORD)
        expect(client.post(get_oof(ME)), 200, "NoError")
        equal(client.get("/").body, b"the site itself")
        clear = Client(("127.0.0.1", clear_port), user=ME, password=PASSWORD)
        answer = clear.post(get_oof(ME))
        check(answer.status in (401, 403), f"Basic on a clear connection: {answer}")
        check("Basic" not in (answer["WWW-Authenticate"] or ""), "Basic offered in the clear")
        answer = clear.post(get_oof(ME), x_forwarded_proto="https")
        check(answer.status in (401, 403), "a client's own X-Forwarded-Proto was believed")
    finally:
        process.terminate()
        process.wait(20)


case("a trusted proxy tells that the client came by TLS", secure)
case("X-Forwarded-For counts from the proxy alone", forwarded_for)
case("the PROXY protocol tells the source", proxy_protocol)
cases("a plain listener on {} is refused", ["0.0.0.0:8080", "192.0.2.1:80", "*:8080", "[::]:8080"],
      loopback_only)
case("the module works in a site's own nginx", own_nginx)
main()
