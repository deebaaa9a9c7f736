#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Behind a trusted proxy, and inside a site's own nginx."""
import contextlib
import grp
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, cases, check, equal, main, until
from lib.http import Client
from lib.installation import (BUILD, PASSWORD, ROOT, Installation, environment, free_port,
                              picture)
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


def example(own, conf, tls_port, clear_port, back_port):
    """nginx.conf made from the example that is installed, dist/nginx-site.conf."""
    with open(os.path.join(ROOT, "dist", "nginx-site.conf")) as f:
        top, http = f.read().split("# ---- inside http { } ----")
    for old, new in ((r"load_module \S+;", f"load_module {BUILD}/ngx_http_frontdesk_module.so;"),
                     (r"listen 443 ssl http2;", f"listen 127.0.0.1:{tls_port} ssl http2;"
                      f"listen 127.0.0.1:{clear_port};"),
                     (r"(ssl_certificate\s+)\S+;", rf"\1{site.dir}/tls/server.pem;"),
                     (r"(ssl_certificate_key\s+)\S+;", rf"\1{site.dir}/tls/server.key;"),
                     (r"(?<=\n\tlocation ~\*)", ' ^/$ { return 200 "the site itself"; } location ~*'),
                     (r"frontdesk /\S+frontdesk\.conf", f"frontdesk {conf}"),
                     (r"/var/log/nginx/frontdesk\.log", f"{own}/access.log"),
                     (r"listen 127\.0\.0\.1:8444;", f"listen 127.0.0.1:{back_port};")):
        check(len(re.findall(old, top + http)) >= 1, f"the example has no {old}")
        top, http = re.sub(old, new, top), re.sub(old, new, http)
    st = os.stat(os.path.join(site.dir, "data"))
    user = ""
    if os.getuid() == 0:
        user = f"user {pwd.getpwuid(st.st_uid).pw_name} {grp.getgrgid(st.st_gid).gr_name};"
    return (f"{user}\npid {own}/pid;\nerror_log {own}/error.log;\n{top}\nevents {{}}\nhttp {{\n"
            "access_log off;\n" + "".join(f"{kind}_temp_path {own}/{kind};\n" for kind in (
                "client_body", "proxy", "fastcgi", "uwsgi", "scgi")) + http + "}\n")


@contextlib.contextmanager
def nginx_of_a_site(name, conf):
    """A site's own nginx with the module; its ports: TLS, clear, back."""
    own = os.path.join(site.parent, name)
    os.makedirs(own)
    os.chmod(own, 0o755)
    ports = free_port(), free_port(), free_port()
    with open(os.path.join(own, "nginx.conf"), "w") as f:
        f.write(example(own, conf, *ports))
    env = environment()
    if "FRONTDESK_NGINX_PRELOAD" in env:
        env["LD_PRELOAD"] = env["FRONTDESK_NGINX_PRELOAD"]
    with open(os.path.join(own, "said"), "w+") as said:
        process = subprocess.Popen(["/usr/sbin/nginx", "-p", own, "-c", f"{own}/nginx.conf",
                                    "-e", f"{own}/error.log", "-g", "daemon off;"],
                                   env=env, stdout=said, stderr=said)

    def up():
        with open(f"{own}/said") as f:
            check(process.poll() is None, f.read())
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", ports[0])) == 0
    try:
        until(20, "nginx listens", up)
        yield own, ports
    finally:
        process.terminate()
        process.wait(20)


def own_nginx():
    """The example that is installed, beside `serve --without-web`."""
    site.stop()
    site.configure(f'proxy {{\n\tlisten = "127.0.0.1:{PLAIN}"\n\ttrusted = {{"127.0.0.1"}}\n}}\n')
    site.run("photo", "set", ME, picture("photo-1600.jpg"))
    site.start("--without-web", wait=False)
    until(20, "its image worker", lambda: any("frontdesk-image" in line
                                              for line in site.children().values()))
    with nginx_of_a_site("nginx", site.conf) as (own, (tls_port, clear_port, back_port)):
        client = Client(("127.0.0.1", tls_port), ca=site.ca, user=ME, password=PASSWORD)
        expect(client.post(get_oof(ME)), 200, "NoError")
        equal(client.photo(ME)["Cache-Control"], "private, max-age=300")
        equal(client.get("/").body, b"the site itself")
        clear = Client(("127.0.0.1", clear_port), user=ME, password=PASSWORD)
        answer = clear.post(get_oof(ME))
        check(answer.status in (401, 403), f"Basic on a clear connection: {answer}")
        check("Basic" not in (answer["WWW-Authenticate"] or ""), "Basic offered in the clear")
        answer = clear.post(get_oof(ME), x_forwarded_proto="https")
        check(answer.status in (401, 403), "a client's own X-Forwarded-Proto was believed")
        back = Client(("127.0.0.1", back_port))
        equal(back.get("/readyz").body, b"store ok\nimage ok\n")
        equal(client.get("/readyz").status, 404)
        check(b"frontdesk_requests_total" in back.get("/metrics").body, "no counters")
        with open(f"{own}/access.log") as f:
            line = json.loads(f.readline())
        equal((line["operation"], line["result"], line["caller"]), ("GetUserOofSettings", "NoError", ME))
        site.configure("photo {\n\tmax_age_s = 60\n}\n")
        site.signal(signal.SIGHUP)
        until(20, "the changed setting",
              lambda: client.photo(ME)["Cache-Control"] == "private, max-age=60")
        site.stop()  # mail and photos go on without it
        expect(client.post(get_oof(ME)), 200, "NoError")
        equal(client.photo(ME).status, 200)
        check(b"image down" in back.get("/readyz").body, "an image worker is still there")


def own_nginx_first():
    """It need not be started behind `serve --without-web` to hear of a reload."""
    for name in ("generation", "frontdesk.conf"):
        path = os.path.join(site.dir, "run", name)
        if os.path.exists(path):
            os.unlink(path)
    site.configure("photo {\n\tmax_age_s = 300\n}\n")
    with nginx_of_a_site("first", site.conf) as (_, ports):
        client = Client(("127.0.0.1", ports[0]), ca=site.ca, user=ME, password=PASSWORD)

        def age(seconds):
            return client.photo(ME)["Cache-Control"] == f"private, max-age={seconds}"
        check(age(300), client.photo(ME))
        site.configure("photo {\n\tmax_age_s = 60\n}\n")  # nobody has told it yet
        check(age(300), client.photo(ME))
        site.start("--without-web", wait=False)
        until(20, "what the file said when the server was started", lambda: age(60))
        site.configure("photo {\n\tmax_age_s = 90\n}\n")
        site.signal(signal.SIGHUP)
        until(20, "the changed setting", lambda: age(90))
        site.stop()


def without_a_store():
    """What cannot be read is 503, never 401 or 404."""
    there = os.path.join(site.parent, "empty")
    shutil.copytree(site.dir, there, ignore=lambda folder, names: [
        n for n in names if n.endswith((".db", ".db-wal", ".db-shm", ".sock"))])
    for at, folders, files in os.walk(there):
        st = os.stat(os.path.join(site.dir, os.path.relpath(at, there)))
        os.chown(at, st.st_uid, st.st_gid)
        for name in files:
            st = os.stat(os.path.join(site.dir, os.path.relpath(at, there), name))
            os.chown(os.path.join(at, name), st.st_uid, st.st_gid)
    with nginx_of_a_site("storeless", os.path.join(there, "frontdesk.conf")) as (_, ports):
        client = Client(("127.0.0.1", ports[0]), ca=site.ca, user=ME, password=PASSWORD)
        for answer in (client.post(get_oof(ME)), client.photo(ME), client.get("/ews/x")):
            equal((answer.status, answer.body), (503, b""))
            equal(answer["Cache-Control"], "no-store")
            check(answer["Retry-After"], "no Retry-After")
        equal(client.get("/").body, b"the site itself")


case("a trusted proxy tells that the client came by TLS", secure)
case("X-Forwarded-For counts from the proxy alone", forwarded_for)
case("the PROXY protocol tells the source", proxy_protocol)
cases("a plain listener on {} is refused", ["0.0.0.0:8080", "192.0.2.1:80", "*:8080", "[::]:8080"],
      loopback_only)
case("the module works in a site's own nginx, by our example", own_nginx)
case("a site's nginx that was there first hears of reloads", own_nginx_first)
case("without a store the module answers 503", without_a_store)
main()
