"""In a network namespace of its own: loads rules, knocks from addresses that are all its own, counts what came. Each is
answered, as Asterisk does: that alone makes nobody one whom we have asked."""

import json
import os
import socket
import subprocess
import sys
import time

os.environ["PATH"] += ":/usr/sbin:/sbin"


def run(*command: str, text: str = "") -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    return done.stdout


def come(door: socket.socket) -> int:
    count = 0
    try:
        while True:
            _, sender = door.recvfrom(100)
            door.sendto(b"401", sender)
            count += 1
    except BlockingIOError:
        return count


wish = json.load(sys.stdin)
sources = [source for source, _ in wish["knocks"]]
run("ip", "link", "set", "lo", "up")
for address in {"192.0.2.10", "2001:db8::10", *sources} - {"127.0.0.1"}:
    run("ip", "addr", "add", address, "dev", "lo", *(["nodad"] if ":" in address else []))
for rules in (wish["before"], wish["rules"]):
    if rules:
        run("nft", "-f", "-", text=rules)
doors = {}
for family, address in ((socket.AF_INET, "192.0.2.10"), (socket.AF_INET6, "2001:db8::10")):
    doors[family] = socket.socket(family, socket.SOCK_DGRAM)
    doors[family].bind((address, wish["port"]))
    doors[family].setblocking(False)
came = dict.fromkeys(sources, 0)
begun = time.monotonic()
for source, times in wish["knocks"]:
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as knocking:
        knocking.bind((source, 0))
        if source in wish["asked"]:
            doors[family].sendto(b"INVITE", knocking.getsockname())
        for _ in range(times):
            knocking.sendto(b"REGISTER", doors[family].getsockname())
            came[source] += come(doors[family])
listed = run("nft", "list", "table", "inet", "hotline_sip")
print(json.dumps({"came": came, "listed": listed, "seconds": time.monotonic() - begun}))
