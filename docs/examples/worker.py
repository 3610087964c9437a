#!/usr/bin/env python3
"""A worker in Python that needs nothing but Python 3.9 itself.

    BATUTA_URL=http://127.0.0.1:3000 WORKER_TOKEN=<token> python3 docs/examples/worker.py <worker-id>

Write a function for each skill, as `word_count` below, and put it into SKILLS. It gets the task's params and a Task. What
it returns becomes the result's data; `Failed` says what went wrong in words of your own, and any other exception is tried
again. Every message is signed. WORKER_MAX_TASKS ends the worker after so many tasks; Ctrl-C finishes the one it is at.
"""

import hashlib
import hmac
import json
import math
import os
import re
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from decimal import Decimal


class Failed(Exception):
    """A failure that the skill understands; the codes are in docs/worker-guide.md."""

    def __init__(self, code, message, retry_after=None):
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after


def word_count(params, task):
    """Counts the words of `text`."""
    text = params.get("text")
    if not isinstance(text, str):
        raise Failed("INVALID_INPUT_ERROR", "text: must be a text")
    task.progress(0.5, "counting")
    return {"words": len(text.split())}


SKILLS = {"word_count": word_count}


class Task:
    """What a skill is told besides its params."""

    def __init__(self, worker, payload):
        self.worker = worker
        self.id = payload["task_id"]
        self.job_id = payload["job_id"]
        metadata = payload.get("metadata") or {}
        self.attempt = metadata.get("attempt", 1)
        self.idempotency_key = metadata.get("idempotency_key", self.id)
        # Set when the task was cancelled: a long skill looks at it now and then.
        self.cancelled = threading.Event()

    def progress(self, fraction, message=""):
        self.event("progress", {"progress": fraction, "message": message})

    def event(self, event_type, payload):
        body = {"event_id": str(uuid.uuid4()), "event_type": event_type, "payload": payload, "origin_task_id": self.id}
        self.worker.call("POST", "/events", body)


def canonical(value):
    """The text that a signature covers: compact, keys sorted, null members left out, whole floats as integers."""
    if isinstance(value, dict):
        members = sorted((key, member) for key, member in value.items() if member is not None)
        return "{" + ",".join(json.dumps(key, ensure_ascii=False) + ":" + canonical(member) for key, member in members) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, float):
        return canonical_float(value)
    return json.dumps(value, ensure_ascii=False)


def canonical_float(value):
    if not math.isfinite(value):
        raise ValueError(f"{value} is no number that JSON knows")
    if value.is_integer():
        return str(int(value))
    if abs(value) >= 1e-5:
        return format(Decimal(repr(value)), "f")
    return re.sub(r"e-0*", "e-", repr(value))


class Worker:
    def __init__(self, worker_id, url, token, skills):
        self.id = worker_id
        self.api = url.rstrip("/") + "/_worker"
        self.token = token
        self.skills = skills
        self.current = None
        self.stopping = False

    def call(self, method, path, body=None, timeout=40):
        """Sends a message; gives the answer's status and JSON. Status 0: there was no answer."""
        data = None
        headers = {"X-Worker-Token": self.token, "X-Worker-ID": self.id}
        if body is not None:
            message = {**body, "worker_id": self.id, "timestamp": int(time.time())}
            signature = hmac.new(self.token.encode(), canonical(message).encode(), hashlib.sha256).hexdigest()
            message["security"] = {"signature": signature, "signer_id": self.id}
            data = canonical(message).encode()
            headers["Content-Type"] = "application/json"
        request = urllib.request.Request(self.api + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {"error": error.read().decode(errors="replace"), "after": error.headers.get("Retry-After")}
        except (urllib.error.URLError, OSError, ValueError) as error:
            return 0, {"error": str(error)}

    def register(self):
        card = {"supported_skills": [{"name": name, "description": run.__doc__} for name, run in self.skills.items()]}
        while not self.stopping:
            status, answer = self.call("POST", "/workers/register", card)
            if status == 200:
                print(f"registered as {self.id} for {', '.join(self.skills)}", flush=True)
                return
            if status in (400, 401, 403):
                sys.exit(f"refused: {answer['error']}")
            self.wait(answer)

    def wait(self, answer):
        """Seconds that a 429 asks for, or two."""
        asked = str((answer or {}).get("after") or "")
        time.sleep(min(60, int(asked)) if asked.isdigit() else 2)

    def serve(self, most_tasks):
        self.register()
        threading.Thread(target=self.beat_forever, daemon=True).start()
        while not self.stopping and most_tasks != 0:
            # A poll whose answer got lost is repeated by its own name, and answered again.
            request_id = uuid.uuid4()
            for _ in range(3):
                status, answer = self.call("GET", f"/workers/{self.id}/tasks/next?timeout=20&request_id={request_id}")
                if status != 0:
                    break
            if status == 200:
                self.work(answer)
                most_tasks -= 1
            elif status == 404:
                self.register()
            elif status in (400, 401, 403):
                sys.exit(f"refused: {answer['error']}")
            elif status != 204:
                self.wait(answer)
        self.call("PATCH", f"/workers/{self.id}", {"status": "offline"})

    def work(self, payload):
        task = self.current = Task(self, payload)
        print(f"task {task.id} ({payload['type']})", flush=True)
        result = {"job_id": task.job_id, "task_id": task.id}
        try:
            data = self.skills[payload["type"]](payload.get("params") or {}, task)
            canonical(data)
            result.update(status="cancelled" if task.cancelled.is_set() else "success", data=data)
        except Failed as failure:
            result.update(status="failure", error={"code": failure.code, "message": str(failure)})
            if failure.retry_after is not None:
                result["retry_after"] = failure.retry_after
        except Exception as error:
            result.update(status="failure", error={"code": "INTERNAL_ERROR", "message": f"{type(error).__name__}: {error}"})
        self.report(result)
        self.current = None

    def report(self, result):
        """A result is sent until it is answered: it counts once. What is never taken becomes a failure."""
        while True:
            status, answer = self.call("POST", "/tasks/result", result)
            if status == 200:
                print(json.dumps(answer), flush=True)
                return
            if status in (400, 413) and "data" in result:
                error = {"code": "CONTRACT_VIOLATION_ERROR", "message": answer["error"][:500]}
                result = {"job_id": result["job_id"], "task_id": result["task_id"], "status": "failure", "error": error}
            elif status in (400, 401, 403):
                print(f"the result was refused: {answer['error']}", file=sys.stderr, flush=True)
                return
            else:
                self.wait(answer)

    def beat_forever(self):
        """Heartbeats tell that the worker lives and what it works on; the answer tells what to stop."""
        while not self.stopping:
            time.sleep(5)
            task = self.current
            body = {"status": "busy" if task else "idle", "current_tasks": [task.id] if task else []}
            _status, answer = self.call("PATCH", f"/workers/{self.id}", body)
            if task and task.id in (answer or {}).get("cancel_task_ids", []):
                task.cancelled.set()


def main():
    if len(sys.argv) != 2 or not os.environ.get("WORKER_TOKEN"):
        sys.exit(__doc__)
    if not re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", sys.argv[1]):
        sys.exit(f"{sys.argv[1]!r} must be letters, digits, _ or -")
    url = os.environ.get("BATUTA_URL", "http://127.0.0.1:3000")
    worker = Worker(sys.argv[1], url, os.environ["WORKER_TOKEN"], SKILLS)

    def stop(_signal, _frame):
        worker.stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    worker.serve(int(os.environ.get("WORKER_MAX_TASKS", "-1")))


if __name__ == "__main__":
    main()
