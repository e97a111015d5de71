"""Runs on the machines of the test: listens at ports, or knocks at them.

agent.py listen NAME:PORT...         tcp or udp; answers everything, both families
agent.py probe SECONDS WORKERS < ... JSON list of [transport, source, destination, port];
                                     prints a JSON list of open, dropped, refused
agent.py serve ADDRESS FOLDER        a folder's files, by HTTP
"""

import errno
import functools
import http.server
import json
import select
import socket
import sys
from concurrent.futures import ThreadPoolExecutor

KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
# linux/in.h; Python names it from 3.14 on.
IP_PKTINFO = 8
# What UDP listeners get to say back.
WORD = b"hostwright"
REFUSED = {errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES}


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def listener(transport, any_address, port):
    s = socket.socket(family(any_address), KINDS[transport])
    if ":" in any_address:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        s.bind((any_address, port))
    except OSError as error:
        s.close()
        # The daemon that the host has there answers instead.
        if error.errno == errno.EADDRINUSE:
            return None
        raise
    if transport == "tcp":
        s.listen(64)
    elif ":" in any_address:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        s.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    return s


def echo(s):
    """Answers from the address that was asked; the machine has several."""
    data, asked, _, sender = s.recvmsg(1024, 256)
    s.sendmsg([data], asked, 0, sender)


def listen(ports):
    sockets = {}
    for port in ports:
        transport, number = port.split(":")
        for any_address in ["0.0.0.0", "::"]:
            s = listener(transport, any_address, int(number))
            if s:
                sockets[s] = transport
    print("listening", flush=True)
    while True:
        for s in select.select(list(sockets), [], [])[0]:
            if sockets[s] == "udp":
                echo(s)
            else:
                connection, _ = s.accept()
                connection.close()


def knock(transport, source, destination, port, seconds):
    with socket.socket(family(destination), KINDS[transport]) as s:
        if source:
            s.bind((source, 0))
        s.settimeout(seconds)
        try:
            s.connect((destination, port))
            if transport == "tcp":
                return "open"
            s.settimeout(seconds / 2)
            for _ in range(2):
                s.send(WORD)
                try:
                    s.recv(1024)
                    return "open"
                except TimeoutError:
                    pass
            return "dropped"
        except TimeoutError:
            return "dropped"
        except OSError as error:
            # A packet that the host's own output chain drops is an error of `send`.
            if error.errno == errno.EPERM:
                return "dropped"
            if error.errno in REFUSED:
                return "refused"
            raise


def probe(seconds, workers):
    probes = json.load(sys.stdin)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        print(json.dumps(list(pool.map(lambda p: knock(*p, seconds), probes))))


def serve(address, folder):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=folder)
    http.server.ThreadingHTTPServer((address, 80), handler).serve_forever()


if __name__ == "__main__":
    if sys.argv[1] == "listen":
        listen(sys.argv[2:])
    elif sys.argv[1] == "serve":
        serve(*sys.argv[2:])
    else:
        probe(float(sys.argv[2]), int(sys.argv[3]))
