#!/usr/bin/env python3
"""clock: tells the time over HTTP and counts its ticks, also over restarts. Standard library only."""

import asyncio
import datetime
import json
import os
import signal
import sys
from pathlib import Path

MAX_LINE_BYTES = 2 * 1024 * 1024
KV_TIMEOUT_SECONDS = 10


def now():
    return datetime.datetime.now(datetime.timezone.utc).isoformat()


def log(level, text):
    print(f"<{level}>{text}", file=sys.stderr, flush=True)


def error(code, message):
    return {"error": {"code": code, "message": message}}


class Clock:
    def __init__(self):
        self.core = None  # the connection that sent init; None while torud is away
        self.core_came = asyncio.Event()
        self.run_id = None
        self.answers = {}  # request id -> future, for what we asked the core
        self.asked = 0
        self.ticks = 0
        self.ticking = None
        self.ended = asyncio.Event()

    async def ask(self, op, **fields):
        """One request to the store. A core that goes away is waited for, and asked again."""
        self.asked += 1
        request_id = f"clock-{self.asked}"
        while True:
            await self.core_came.wait()
            answer = self.answers[request_id] = asyncio.get_running_loop().create_future()
            send(self.core, "kv", request_id, {"op": op, **fields})
            # Not wait_for: an answer that comes together with the end of the process would hide that end from it.
            await asyncio.wait([answer], timeout=KV_TIMEOUT_SECONDS)
            del self.answers[request_id]
            if not answer.done():
                return error("timeout", f"no answer within {KV_TIMEOUT_SECONDS} s")
            if answer.result() is not None:
                return answer.result()

    async def tick(self, seconds):
        stored = await self.ask("get", key="ticks")
        if "error" in stored:
            log(4, f"the count begins at 0: {stored['error']}")
        try:
            self.ticks += int(stored.get("value") or 0)
        except ValueError:
            log(4, f"the stored count is no number: {stored['value']!r}")
        while True:
            self.ticks += 1
            written = await self.ask("set", key="ticks", value=str(self.ticks))
            if "error" in written:
                log(4, f"the count was not stored: {written['error']}")
            await asyncio.sleep(seconds)

    def on_init(self, payload, writer):
        if self.run_id is not None and payload.get("run_id") != self.run_id:
            return error("conflict", f"this process is run {self.run_id}")
        self.core = writer
        self.core_came.set()
        if self.ticking is None:  # else torud was restarted and takes us over: nothing starts anew
            self.run_id = payload.get("run_id")
            seconds = (payload.get("config") or {}).get("tick_seconds", 1)
            if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
                return error("invalid", f"config.tick_seconds must be a number above 0, not {seconds!r}")
            self.ticking = asyncio.ensure_future(self.tick(seconds))
            log(6, f"ticking every {seconds} s")
        return {"ready": True, "protocol": 1}

    def on_request(self, kind, payload, writer):
        action = payload.get("action") if kind == "lifecycle" else None
        if action == "init":
            return self.on_init(payload, writer)
        if action == "shutdown":
            self.ended.set()
            return {"ok": True}
        if kind == "health":
            if self.ticking is None or self.ticking.done():
                return {"status": "unhealthy", "detail": "not ticking"}
            return {"status": "healthy", "detail": f"{self.ticks} ticks"}
        if kind == "http":
            body = json.dumps({"time": now(), "count": self.ticks}) + "\n"
            if payload.get("path") != "/clock":
                return {"status": 404, "headers": {}, "body": "Only /clock is here.\n"}
            return {"status": 200, "headers": {"content-type": "application/json"}, "body": body}
        return error("unknown_type", f"{kind} {action or ''}is not known here")

    def on_message(self, message, writer):
        kind, request_id = message.get("type"), message.get("request_id")
        payload = message.get("payload") or {}
        if not isinstance(kind, str) or not isinstance(request_id, str) or not isinstance(payload, dict):
            send(writer, "error", "", error("invalid", "type and request_id must be texts, payload an object"))
        elif kind == "kv" or kind == "error" or "error" in payload:
            answer = self.answers.get(request_id) if writer is self.core else None
            if answer is not None and not answer.done():
                answer.set_result(payload)
        else:
            send(writer, kind, request_id, self.on_request(kind, payload, writer))

    async def serve(self, reader, writer):
        """One peer, until it leaves; torud's own connection is the one that sends init."""
        try:
            while line := await reader.readline():
                message = json.loads(line)
                if not isinstance(message, dict):
                    raise ValueError("a line must be one JSON object")
                self.on_message(message, writer)
                await writer.drain()
        except ValueError as fault:  # readline's words for a line over the limit speak of it
            send(writer, "error", "", error("too_large" if "limit" in str(fault) else "invalid", str(fault)))
            writer.write_eof()
            await leave(reader)
        except (ConnectionError, RecursionError) as fault:
            log(7, f"a peer was sent away: {fault}")
        except asyncio.CancelledError:
            pass  # the process ends
        finally:
            if writer is self.core:
                self.core = None
                self.core_came.clear()
                for answer in self.answers.values():
                    if not answer.done():
                        answer.set_result(None)  # torud went away: it is asked again
            writer.close()


async def leave(reader):
    """Throws away what a peer still sends: a close at once could cost it the error that it was sent."""
    try:
        while await asyncio.wait_for(reader.read(65536), 1):
            pass
    except (asyncio.TimeoutError, ConnectionError):
        pass


def send(writer, kind, request_id, payload):
    message = {"type": kind, "timestamp": now(), "request_id": request_id, "payload": payload}
    writer.write(json.dumps(message).encode() + b"\n")


async def main():
    clock = Clock()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, clock.ended.set)
    path = os.environ.get("TORU_SOCKET")
    if not path:
        sys.exit("clock: TORU_SOCKET is not set: torud starts this program and says there where to listen")
    await asyncio.start_unix_server(clock.serve, path, limit=MAX_LINE_BYTES)
    await clock.ended.wait()
    await asyncio.sleep(0)  # the answer to shutdown goes out
    Path(path).unlink(missing_ok=True)
    log(6, f"stopped after {clock.ticks} ticks")


if "--metadata" in sys.argv:
    print((Path(__file__).resolve().parent / "plugin.json").read_text())
else:
    asyncio.run(main())
