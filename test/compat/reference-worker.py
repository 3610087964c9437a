"""A worker written with the reference's own SDK, for the compatibility run.

It is told by its environment whom to serve, as every worker of that SDK is. Lines that begin with "seen " tell the test
what happened inside of it.
"""

import asyncio
import json

from avtomatika_worker import TaskFiles, Worker

worker = Worker(worker_type="compat", max_concurrent_tasks=4)


def seen(what, **more):
    print("seen " + json.dumps({"what": what, **more}), flush=True)


@worker.skill(
    "compat_echo",
    version="1.2.0",
    input_schema={"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
    output_schema={"type": "object", "properties": {"word": {"type": "string"}}},
    output_statuses=["success"],
)
async def compat_echo(params, task_id, job_id, metadata, priority, deadline, tracing_context):
    seen(
        "echo",
        task_id=task_id,
        job_id=job_id,
        metadata=metadata,
        priority=priority,
        deadline=deadline,
        tracing_context=tracing_context,
    )
    return {"status": "success", "data": {"word": params["word"][::-1]}}


@worker.skill("compat_progress", events_schema={"halfway": {"type": "object"}})
async def compat_progress(params, task_id, job_id, send_progress, send_event):
    await send_progress(task_id, job_id, 0.5, "half of it")
    await send_event("halfway", {"lines": 7})
    await asyncio.sleep(params.get("seconds", 0))
    return {"status": "success", "data": {"done": True}}


@worker.skill("compat_sleep")
async def compat_sleep(params, task_id):
    seen("sleep", task_id=task_id)
    try:
        await asyncio.sleep(params.get("seconds", 60))
    except asyncio.CancelledError:
        seen("cancelled", task_id=task_id)
        raise
    return {"data": {"slept": True}}


@worker.skill("compat_fail")
async def compat_fail(params):
    if params["how"] == "value":
        raise ValueError("the value is wrong")
    return {
        "status": "failure",
        "error": {"code": "PERMANENT_ERROR", "message": "it will never work", "details": {"how": params["how"]}},
    }


@worker.skill("compat_broken", output_schema={"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})
async def compat_broken(params):
    return {"data": {"n": "not a number"}}


@worker.skill("compat_rotate")
async def compat_rotate(params):
    transport = worker._clients[0][1]
    own = transport.token
    first = await transport.refresh_token()
    second = await transport.refresh_token()
    changed = len({own, first.access_token if first else None, second.access_token if second else None}) == 3
    transport._headers["X-Worker-Token"] = "a-token-that-nobody-gave-out"
    return {"data": {"first": first is not None, "second": second is not None, "changed": changed}}


@worker.skill("compat_files")
async def compat_files(params, files: TaskFiles):
    await files.write("note.txt", params["text"])
    return {"data": {"read": await files.read("note.txt"), "names": await files.list()}}


async def wave(command):
    seen("command", command=command.command, params=command.params)


# Older versions of the SDK know no commands but cancels.
if hasattr(worker, "on_command"):
    worker.on_command("wave")(wave)


if __name__ == "__main__":
    worker.run()
