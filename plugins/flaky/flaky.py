#!/usr/bin/env python3
"""flaky: goes wrong on purpose. FLAKY_MODE says how, FLAKY_AFTER_MS (5000) how long after it was ready.

exit:N        exits with code N (the default is exit:1)
signal:NAME   kills itself with that signal: signal:SEGV
hang-start    listens, but never answers init
ignore-term   answers no shutdown and ignores SIGTERM: only SIGKILL ends it
flood         writes FLAKY_LINES (100000) log lines as fast as they are taken, then goes on
leak-child    leaves a child behind in a session of its own, then exits with 1
slow-exit     needs FLAKY_AFTER_MS from shutdown or SIGTERM to its end
random        exits with 0 to 3, or kills itself with SEGV, ABRT or KILL
"""

import json
import os
import queue
import random
import signal
import socketserver
import subprocess
import sys
import threading
import time
from pathlib import Path

MODE = os.environ.get("FLAKY_MODE") or "exit:1"
AFTER = os.environ.get("FLAKY_AFTER_MS") or "5000"
LINES = os.environ.get("FLAKY_LINES") or "100000"
news = queue.SimpleQueue()  # "ready" once, then "end" whenever somebody asks for it
is_ready = threading.Event()


def log(level, text):
    print(f"<{level}>{text}", file=sys.stderr, flush=True)


class Peer(socketserver.StreamRequestHandler):
    """One connection. Serves nothing but the handshake, health and shutdown."""

    def handle(self):
        for line in iter(lambda: self.rfile.readline(2 * 1024 * 1024), b""):
            request = json.loads(line)
            payload = self.answer(request["type"], request.get("payload", {}).get("action"))
            if payload is not None:
                self.wfile.write(json.dumps({**request, "payload": payload}).encode() + b"\n")
            if payload == {"ok": True}:
                news.put("end")

    def answer(self, kind, action):
        if kind == "lifecycle" and action == "init" and MODE == "hang-start":
            return None
        if kind == "lifecycle" and action == "init":
            if not is_ready.is_set():  # else torud was restarted and takes us over
                is_ready.set()
                news.put("ready")
            return {"ready": True, "protocol": 1}
        if kind == "lifecycle" and action == "shutdown":
            return None if MODE == "ignore-term" else {"ok": True}
        if kind == "health":
            return {"status": "healthy", "detail": f"about to {MODE}"}
        return {"error": {"code": "unknown_type", "message": f"{kind} is not known here"}}


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        log(4, f"a peer was sent away: {sys.exc_info()[1]}")


def crash():
    mode = MODE
    if mode == "random":
        mode = random.choice(["exit:0", "exit:1", "exit:2", "exit:3", "signal:SEGV", "signal:ABRT", "signal:KILL"])
    kind, _, detail = mode.partition(":")
    if kind == "flood":
        sys.stdout.writelines(f"line {number} of a flood\n" for number in range(1, int(LINES) + 1))
        sys.stdout.flush()
    elif kind == "leak-child":
        child = subprocess.Popen(["sleep", "infinity"], start_new_session=True)
        log(3, f"leaving child {child.pid} behind")
        os._exit(1)
    elif kind == "exit":
        log(3, f"giving up: about to exit with {detail}")
        os._exit(int(detail))
    elif kind == "signal":
        log(2, f"last words before {detail}")
        os.kill(os.getpid(), signal.Signals[f"SIG{detail}"])


def run():
    """Returns when somebody asks for the end."""
    try:
        news.get(timeout=None if MODE in ("slow-exit", "ignore-term") else int(AFTER) / 1000)
    except queue.Empty:
        crash()
        news.get()


def check():
    """A text when the settings make no sense."""
    kind, _, detail = MODE.partition(":")
    if not AFTER.isdecimal() or not LINES.isdecimal():
        return "FLAKY_AFTER_MS and FLAKY_LINES must be whole numbers"
    if kind == "exit" and not (detail.isdecimal() and int(detail) < 256):
        return f"FLAKY_MODE={MODE}: an exit code from 0 to 255 must follow"
    if kind == "signal" and f"SIG{detail}" not in signal.Signals.__members__:
        return f"FLAKY_MODE={MODE}: the name of a signal must follow, as in signal:SEGV"
    known = {"hang-start", "ignore-term", "flood", "leak-child", "slow-exit", "random"}
    return None if kind in ("exit", "signal") or MODE in known else f"FLAKY_MODE={MODE}: no such mode"


def main():
    path = os.environ.get("TORU_SOCKET")
    fault = check() if path else "TORU_SOCKET is not set: torud starts this program and says there where to listen"
    if fault:
        sys.exit(f"<3>flaky: {fault}")
    ignores = MODE == "ignore-term"
    signal.signal(signal.SIGTERM, signal.SIG_IGN if ignores else lambda *_: news.put("end"))
    server = Server(path, Peer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    log(6, f"up, mode {MODE}")
    if news.get() == "ready":
        log(5, f"ready, {AFTER} ms to go")
        run()
    if MODE == "slow-exit":
        log(5, f"asked to end; that takes {AFTER} ms")
        time.sleep(int(AFTER) / 1000)
    os.unlink(path)
    log(6, "ended as asked")
    sys.stdout.flush()
    os._exit(0)


if "--metadata" in sys.argv:
    print((Path(__file__).resolve().parent / "plugin.json").read_text())
else:
    main()
