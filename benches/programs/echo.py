"""An echo server for heist-bench on asyncio's loop, or on uvloop's: `echo.py BYTES [uvloop]`.

It talks to the bench as every peer does: it prints `port N`, answers each line of its input with what it has used so far,
and ends with its input. The buffer is the loop's own; BYTES is taken for the sake of one command line for all peers.
"""

import asyncio
import json
import os
import resource
import sys
import threading


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


def status(label):
    with open("/proc/self/status", encoding="ascii") as lines:
        for line in lines:
            if line.startswith(label):
                return int(line.split()[1])
    return 0


def usage():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cpu_us": (used.ru_utime + used.ru_stime) * 1e6,
        "switches": used.ru_nvcsw,
        "rss": status("VmRSS:") * 1024,
        "heap": 0,
        "threads": status("Threads:"),
    }


def answer_questions():
    for _ in sys.stdin:
        print(json.dumps(usage()), flush=True)
    os._exit(0)


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0, backlog=1024)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    threading.Thread(target=answer_questions, daemon=True).start()
    await server.serve_forever()


def main():
    if "uvloop" in sys.argv[2:]:
        import uvloop

        uvloop.install()
    asyncio.run(serve())


main()
