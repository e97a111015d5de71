"""Both ends of a connection, to see which ports can be reached.

usage: peer.py serve NAME PROTOCOL/PORT...   greet every peer with NAME
       peer.py probe PROTOCOL ADDRESS PORT   print the greeting, "refused" or "silent"
"""

import selectors
import socket
import sys

# Far above a round trip between two namespaces of a busy machine.
PATIENCE = 3.0


def kind(protocol):
    return {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}[protocol]


def listen(protocol, port):
    # An IPv6 socket takes IPv4 as well.
    server = socket.socket(socket.AF_INET6, kind(protocol))
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("::", port))
    if protocol == "tcp":
        server.listen()
    return server


def greet(server, greeting):
    if server.type == socket.SOCK_STREAM:
        client, _ = server.accept()
        with client:
            client.sendall(greeting)
    else:
        _, address = server.recvfrom(64)
        server.sendto(greeting, address)


def serve(name, ports):
    selector = selectors.DefaultSelector()
    for port in ports:
        protocol, number = port.split("/")
        selector.register(listen(protocol, int(number)), selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            try:
                greet(key.fileobj, name.encode())
            except OSError:
                pass  # the peer went away first


def probe(protocol, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind(protocol)) as client:
        client.settimeout(PATIENCE)
        try:
            client.connect((address, int(port)))
            if protocol == "udp":
                client.send(b"?")
            return client.recv(64).decode().strip()
        except ConnectionRefusedError:
            return "refused"
        except TimeoutError:
            return "silent"


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2], sys.argv[3:])
    else:
        print(probe(*sys.argv[2:]))
