#!/bin/sh
# A worker in sh and curl. It takes tasks of the named skills one after the other, gives each to a command as JSON on
# standard input, and answers with what the command prints (a JSON object). A command that fails fails its task.
#
#   BATUTA_URL=http://127.0.0.1:3000 WORKER_TOKEN=<token> \
#     sh docs/examples/worker.sh <worker-id> <skill>[,<skill>...] [<command> [<argument>...]]
#
# The token is GLOBAL_WORKER_TOKEN or one of the worker's own. Without a command the task itself is the answer.
# WORKER_MAX_TASKS ends it after so many tasks. WORKER_SIGN=yes signs its messages with openssl, for a server that does not
# run on this machine; what the command prints must then be compact JSON with sorted keys and without null, which `jq`
# makes of it where there is one. Token and key stand in the arguments of curl and openssl, where others on this machine
# may see them.
set -u
# Sorted by code point, whatever the language of the machine.
LC_ALL=C
export LC_ALL

usage() {
  sed -n '2,13s/^# \{0,1\}//p' "$0" >&2
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

# message FILE MEMBERS: a message in the form that is signed: no spaces, members sorted. TIME in it becomes the time. Its
# file is signed when it is sent, for the time must be fresh then.
message() {
  { printf '{'; cat; printf ',"worker_id":"%s"}' "$worker"; } >"$1"
}

# Puts the time into a message, and its signature behind it.
signed() {
  sed "s/\"timestamp\":TIME,\"worker_id\"/\"timestamp\":$(date +%s),\"worker_id\"/" "$1" | tr -d '\n' >"$1.timed"
  if [ "${WORKER_SIGN:-no}" = yes ]; then
    signature=$(openssl dgst -sha256 -hmac "$WORKER_TOKEN" <"$1.timed" | sed 's/.* //')
    sed "s/}\$/,\"security\":{\"signature\":\"$signature\",\"signer_id\":\"$worker\"}}/" "$1.timed"
  else
    cat "$1.timed"
  fi
}

# The form that is signed, of any JSON.
canonical() {
  if [ "${WORKER_SIGN:-no}" = yes ] && command -v jq >/dev/null; then
    jq -cS 'walk(if type == "object" then with_entries(select(.value != null)) else . end)'
  else
    cat
  fi
}

# call METHOD PATH [BODY FILE]: the answer goes to $folder/answer, its status is printed (000: no answer).
call() {
  if [ $# -ge 3 ]; then
    signed "$3" >"$3.signed"
    set -- "$1" "$2" -H 'Content-Type: application/json' --data-binary "@$3.signed"
  fi
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
  printf '"capabilities":{"hostname":"%s"},"supported_skills":[%s],"timestamp":TIME' "$(uname -n)" "$quoted" |
    message "$folder/registration"
  status=$(call POST /workers/register "$folder/registration")
  case $status in
    200) echo "registered as $worker for $skills" ;;
    401 | 403 | 400) cat "$folder/answer" >&2; echo >&2; exit 1 ;;
    *) echo "no answer from $api (status $status); trying again" >&2; sleep 2; register ;;
  esac
}

# While a task runs, heartbeats tell that it is still held.
beat() {
  printf '"current_tasks":["%s"],"status":"busy","timestamp":TIME' "$1" | message "$folder/beat"
  while sleep 10; do
    signed "$folder/beat" | curl -sS -m 10 -o /dev/null -X PATCH -H "X-Worker-Token: $WORKER_TOKEN" \
      -H 'Content-Type: application/json' --data-binary @- "$api/workers/$worker" || true
  done
}

stop_beat() {
  [ -n "$beating" ] && kill "$beating" 2>/dev/null && wait "$beating" 2>/dev/null
  beating=
}

goodbye() {
  stop_beat
  printf '"status":"offline","timestamp":TIME' | message "$folder/goodbye"
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
    outcome=success part=data
  elif "$@" <"$folder/task" >"$folder/data" 2>"$folder/errors"; then
    outcome=success part=data
  else
    message=$(tail -c 500 "$folder/errors" | tr -d '\000-\037' | sed 's/\\/\\\\/g; s/"/\\"/g')
    printf '{"code":"TRANSIENT_ERROR","message":"%s"}' "${message:-the command failed}" >"$folder/data"
    outcome=failure part=error
  fi
  stop_beat
  canonical <"$folder/data" >"$folder/canonical" || cp "$folder/data" "$folder/canonical"
  { printf '"%s":' "$part"
    cat "$folder/canonical"
    printf ',"job_id":"%s","status":"%s","task_id":"%s","timestamp":TIME' "$job_id" "$outcome" "$task_id"; } |
    message "$folder/result"
  report
}

# A result is sent until somebody answers: the server counts it once.
report() {
  status=$(call POST /tasks/result "$folder/result")
  case $status in
    200) cat "$folder/answer"; echo ;;
    400 | 401 | 403 | 413) cat "$folder/answer" >&2; echo >&2 ;;
    *) sleep 2; report ;;
  esac
}

trap 'goodbye' EXIT
trap 'exit 0' INT TERM
register
poll=1
while [ "$left" -ne 0 ]; do
  # A poll whose answer got lost (status 000) is repeated by its own name, and answered again.
  status=$(call GET "/workers/$worker/tasks/next?timeout=30&request_id=$$-$poll")
  [ "$status" = 000 ] || poll=$((poll + 1))
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
