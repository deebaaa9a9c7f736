#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an administrator sees: access lines, health, metrics."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from lib.cases import case, check, equal, main, until
from lib.http import EWS, PHOTO
from lib.installation import PASSWORD, Installation, picture
from lib.soap import get_oof, set_oof

site = Installation("watch", settings="workers = 1\n")
ME = site.add("me@example.com")
OTHER = site.add("other@example.com")
site.run("photo", "set", ME, picture("photo-1600.jpg"))
site.start()


def lines_for(do):
    """The access lines that `do` adds."""
    before = len(site.access_lines())
    count = do()
    until(10, "access lines", lambda: len(site.access_lines()) >= before + count)
    return [json.loads(line) for line in site.access_lines()[before:]]


def access_line():
    def do():
        client = site.client(ME)
        client.post(set_oof(ME, internal="very private"))
        client.post(get_oof(OTHER))
        client.photo(ME)
        site.client().photo(ME)
        client.get("/nowhere?x=1")
        return 5
    lines = lines_for(do)
    equal(len(lines), 5, "one line for each request")
    wanted = [("SetUserOofSettings", "NoError", ME, 200), ("GetUserOofSettings", "ErrorAccessDenied", OTHER, 500),
              ("GetUserPhoto", "200", ME, 200), ("GetUserPhoto", None, None, 401), (None, None, None, 404)]
    for line, (operation, result, target, status) in zip(lines, wanted):
        equal(int(line["status"]), status, str(line))
        if operation:
            equal(line["operation"], operation, str(line))
        if result:
            equal(line["result"], result, str(line))
        if target:
            equal(line["target"], target, str(line))
            equal(line["caller"], ME, str(line))
    whole = "\n".join(site.access_lines()) + site.log()
    for secret in (PASSWORD, "very private", site.client(ME).authorization.split()[1], "Authorization"):
        check(secret not in whole, f"{secret!r} is in the log")


def odd_values():
    """Whatever a client sends, a line stays one JSON object."""
    def do():
        client = site.client(ME)
        client.get(f"{PHOTO}?email=%22%7D%0A%7B%22a%22@example.com&size=HR48x48")
        client.post(get_oof("\"}\u2028{\u00fc@example.com"))
        client.get("/%22%7D%7B", user_agent='"}{"')
        return 3
    for line in lines_for(do):
        check(isinstance(line, dict), line)


def health():
    back = site.back()
    equal(back.get("/healthz").status, 200)
    answer = back.get("/readyz")
    equal(answer.status, 200)
    check(b"store" in answer.body, answer.body)
    for path in ("/", EWS, PHOTO, "/metrics/x"):
        equal(back.get(path).status, 404, path)
    for path in ("/healthz", "/readyz", "/metrics"):
        equal(site.client(ME).get(path).status, 404, f"{path} on the front")
    equal(back.request("POST", "/healthz", b"").status, 405)


def metric(name, **labels):
    total = 0.0
    for line in site.back().get("/metrics").body.decode().splitlines():
        if re.match(rf"{name}(\{{|\s)", line) and all(f'{k}="{v}"' in line for k, v in labels.items()):
            total += float(line.split()[-1])
    return total


def metrics():
    answer = site.back().get("/metrics")
    equal(answer.status, 200)
    check(answer["Content-Type"].startswith("text/plain; version=0.0.4"), answer["Content-Type"])
    typed = set()
    for line in answer.body.decode().splitlines():
        if line.startswith("# TYPE "):
            typed.add(line.split()[2])
        elif not line.startswith("#") and line:
            name = re.match(r"[a-z_]+", line).group(0)
            base = re.sub(r"_(bucket|sum|count)$", "", name)
            check(name in typed or base in typed, f"{name} has no TYPE")
            float(line.split()[-1])
    before = metric("frontdesk_requests_total", operation="GetUserOofSettings")
    seconds = metric("frontdesk_request_seconds_count", operation="GetUserOofSettings")
    client = site.client(ME)
    for _ in range(30):
        client.post(get_oof(ME))
    equal(metric("frontdesk_requests_total", operation="GetUserOofSettings"), before + 30)
    equal(metric("frontdesk_request_seconds_count", operation="GetUserOofSettings"), seconds + 30)


def request_id():
    client = site.client(ME)
    answer = client.post(get_oof(ME), client_request_id="{1234-ab}", return_client_request_id="true")
    equal(answer["client-request-id"], "{1234-ab}")
    equal(client.post(get_oof(ME), client_request_id="{1}")["client-request-id"], None)


def hashed_targets():
    site.configure("log {\n\taccess = \"run/access.log\"\n\thash_targets = yes\n}\n")
    site.signal(1)
    client = site.client(ME)

    def hashed():
        line = lines_for(lambda: client.photo(ME) and 1)[-1]
        return line["target"] != ME and line["target"] != ""
    until(10, "a hashed target", hashed)


case("each request has one access line, without secrets", access_line)
case("odd values leave a line one JSON object", odd_values)
case("health is told on the back listener alone", health)
case("metrics are counted per operation, over all workers", metrics)
case("client-request-id is echoed when asked", request_id)
case("the access log can hash its targets", hashed_targets)
main()
