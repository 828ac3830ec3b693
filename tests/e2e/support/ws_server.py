"""A WebSocket service: what it says depends on the path. Run as `ws_server.py PORT LOG [CERTIFICATE KEY]`."""

import asyncio
import json
import ssl
import sys

import websockets

CARD = "4111 1111 1111 1111"


async def serve(socket):
    path = socket.path.partition("?")[0]
    log(socket, "open", dict(socket.request_headers))
    try:
        await SERVICES[path](socket)
        await socket.wait_closed()
    except websockets.ConnectionClosed:
        pass
    log(socket, "closed", [socket.close_code, socket.close_reason])


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def person(socket):
    await socket.send(json.dumps({"name": "Bob", "card": CARD}))
    await socket.send(["in pieces ", CARD[:7], CARD[7:], " bob@exam", "ple.com"])
    await socket.recv()


async def picture(socket):
    await socket.send(b"\x89PNG" + CARD.encode())
    await socket.recv()


async def mirror(socket):
    """Says what credential it was shown."""
    shown = socket.request_headers["Authorization"]
    await socket.send(json.dumps({"you": shown}))
    await socket.send(shown.encode())
    await socket.close(1000, shown)


async def leave(socket):
    await socket.close(4001, "not you")


async def ask(socket):
    """Pings, and says whether it was answered."""
    waiter = await socket.ping(b"are you there")
    await asyncio.wait_for(waiter, 10)
    await socket.send("you are")


SERVICES = {"/echo": echo, "/person": person, "/picture": picture, "/mirror": mirror,
            "/leave": leave, "/ask": ask}


def log(socket, event, what):
    with open(sys.argv[2], "a") as out:
        print(json.dumps({"path": socket.path, "event": event, "what": what}), file=out)


async def main():
    tls = None
    if len(sys.argv) > 3:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*sys.argv[3:])
    async with websockets.serve(serve, "127.0.0.1", int(sys.argv[1]), max_size=None,
                                subprotocols=["chat"], ping_interval=None, ssl=tls):
        await asyncio.Future()


asyncio.run(main())
