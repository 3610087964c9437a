#!/bin/sh
# A worker in sh and curl. It takes tasks of the named skills one after the other, gives each to a command as JSON on
# standard input, and answers with what the command prints (a JSON object). A command that fails fails its task.
#
#   BATUTA_URL=http://127.0.0.1:3000 WORKER_TOKEN=<token> \
#     sh docs/examples/worker.sh <worker-id> <skill>[,<skill>...] [<command> [<argument>...]]
#
# The token is GLOBAL_WORKER_TOKEN or one of the worker's own. Without a command the task itself is the answer.
# WORKER_MAX_TASKS ends it after so many tasks. It does not sign its messages: the server has to run with
# WORKER_SIGNATURE_MODE=optional, as one started by `npm start` on this machine does.
set -u

usage() {
  sed -n '2,10s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

[ $# -ge 2 ] || usage
[ -n "${WORKER_TOKEN:-}" ] || { echo "WORKER_TOKEN is not set" >&2; exit 2; }
worker=$1
skills=$2
shift 2
for name in "$worker" $(echo "$skills" | tr ',' ' '); do
  case $name in *[!a-zA-Z0-9_-]* | '') echo "'$name' must be letters, digits, _ or -" >&2; exit 2 ;; esac
done
api="${BATUTA_URL:-http://127.0.0.1:3000}/_worker"
quoted="\"$(echo "$skills" | sed 's/,/","/g')\""
folder=$(mktemp -d)
left=${WORKER_MAX_TASKS:--1}
beating=

# call METHOD PATH [BODY FILE]: the answer goes to $folder/answer, its status is printed (000: no answer).
call() {
  if [ $# -ge 3 ]; then set -- "$1" "$2" -H 'Content-Type: application/json' --data-binary "@$3"; fi
  method=$1 path=$2
  shift 2
  curl -sS -m 40 -o "$folder/answer" -w '%{http_code}' -X "$method" -H "X-Worker-Token: $WORKER_TOKEN" \
    -H "X-Worker-ID: $worker" "$@" "$api$path" || true
}

# The value of a member of the task's own level; ids and types hold no quotes.
member() {
  sed -n "s/^{[^{]*\"$1\":\"\([^\"]*\)\".*/\1/p" "$folder/task"
}

register() {
  printf '{"worker_id":"%s","supported_skills":[%s],"capabilities":{"hostname":"%s"}}' \
    "$worker" "$quoted" "$(uname -n)" >"$folder/registration"
  status=$(call POST /workers/register "$folder/registration")
  case $status in
    200) echo "registered as $worker for $skills" ;;
    401 | 403 | 400) cat "$folder/answer" >&2; echo >&2; exit 1 ;;
    *) echo "no answer from $api (status $status); trying again" >&2; sleep 2; register ;;
  esac
}

# While a task runs, heartbeats tell that it is still held.
beat() {
  while sleep 10; do
    curl -sS -m 10 -o /dev/null -X PATCH -H "X-Worker-Token: $WORKER_TOKEN" -H 'Content-Type: application/json' \
      -d "{\"worker_id\":\"$worker\",\"status\":\"busy\",\"current_tasks\":[\"$1\"]}" "$api/workers/$worker" || true
  done
}

stop_beat() {
  [ -n "$beating" ] && kill "$beating" 2>/dev/null && wait "$beating" 2>/dev/null
  beating=
}

goodbye() {
  stop_beat
  printf '{"worker_id":"%s","status":"offline"}' "$worker" >"$folder/goodbye"
  call PATCH "/workers/$worker" "$folder/goodbye" >/dev/null 2>&1
  rm -rf "$folder"
}

run() {
  task_id=$(member task_id)
  job_id=$(member job_id)
  echo "task $task_id ($(member type))"
  beat "$task_id" >/dev/null 2>&1 &
  beating=$!
  if [ $# -eq 0 ]; then
    { printf '{"task":'; cat "$folder/task"; printf '}'; } >"$folder/data"
    outcome='"status":"success","data":'
  elif "$@" <"$folder/task" >"$folder/data" 2>"$folder/errors"; then
    outcome='"status":"success","data":'
  else
    message=$(tail -c 500 "$folder/errors" | tr -d '\000-\037' | sed 's/\\/\\\\/g; s/"/\\"/g')
    printf '{"code":"TRANSIENT_ERROR","message":"%s"}' "${message:-the command failed}" >"$folder/data"
    outcome='"status":"failure","error":'
  fi
  stop_beat
  { printf '{"worker_id":"%s","job_id":"%s","task_id":"%s",%s' "$worker" "$job_id" "$task_id" "$outcome"
    cat "$folder/data"
    printf '}'; } >"$folder/result"
  report
}

# A result is sent until somebody answers: the server counts it once.
report() {
  status=$(call POST /tasks/result "$folder/result")
  case $status in
    200) cat "$folder/answer"; echo ;;
    4*) cat "$folder/answer" >&2; echo >&2 ;;
    *) sleep 2; report ;;
  esac
}

trap 'goodbye' EXIT
trap 'exit 0' INT TERM
register
while [ "$left" -ne 0 ]; do
  status=$(call GET "/workers/$worker/tasks/next?timeout=30")
  case $status in
    200)
      mv "$folder/answer" "$folder/task"
      run "$@"
      left=$((left - 1))
      ;;
    204) ;;
    404) register ;;
    401 | 403 | 400) cat "$folder/answer" >&2; echo >&2; exit 1 ;;
    *) sleep 2 ;;
  esac
done
