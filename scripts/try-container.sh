#!/usr/bin/env bash
# Build the image, start it locked down, walk the main job, stop it, start it again, kill it; clean up whatever happens.
# Traffic goes to 127.0.0.1 only. Exit 0: everything held. Exit 1: something did not. Exit 3: not tried, no daemon runs.
#
# IMAGE=name          try this image in place of building one
# BASE, BUILDER, INDEX, EXTRA_INDEX, LOCK    arguments of the Dockerfile
# DATABASE_IMAGE      PostgreSQL's image (default postgres:17); else a PostgreSQL of this machine, else the file of records
# PORT                default 8611, and the next two
set -euo pipefail
cd "$(dirname "$0")/.."

if ! docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
  echo "Not tried: no Docker daemon answers here."
  exit 3
fi

PORT=${PORT:-8611}
NAME=clipdash-trial-$$
SCRATCH=$(mktemp -d)
PYTHON=${PYTHON:-.venv/bin/python}
TITLE="Container trial $$"
DATABASE=""
started=$SECONDS

say() { printf '%4ds %s\n' $((SECONDS - started)) "$*"; }
fail() { say "FAILED: $*"; docker logs "$NAME" 2>&1 | tail -20; exit 1; }

clean_up() {
  set +e
  docker rm --force --volumes "$NAME" "$NAME-closed" "$NAME-database" >/dev/null 2>&1
  docker volume rm "$NAME-stores" "$NAME-records" >/dev/null 2>&1
  [ -n "${BRIDGE:-}" ] && docker network rm "$NAME" >/dev/null 2>&1
  [ "$DATABASE" = machine ] && as_postgres "$PROGRAMS/pg_ctl" -D "$SCRATCH/cluster/data" -m immediate stop >/dev/null 2>&1
  rm -rf "$SCRATCH"
}
trap clean_up EXIT

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

build() {
  if [ -n "${IMAGE:-}" ]; then say "tries the image $IMAGE"; return; fi
  IMAGE=clipdash:trial
  local arguments=()
  for name in BASE BUILDER INDEX EXTRA_INDEX LOCK; do
    [ -n "${!name:-}" ] && arguments+=(--build-arg "$name=${!name}")
  done
  arguments+=(--build-arg "REVISION=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)")
  say "builds the image"
  docker build --quiet --network=host --tag "$IMAGE" "${arguments[@]}" . > "$SCRATCH/build.log" 2>&1 \
    || { tail -30 "$SCRATCH/build.log"; fail "the build"; }
  say "built: $(docker image inspect "$IMAGE" --format '{{.Size}}' | awk '{printf "%.2f GB", $1 / 1e9}')"
}

# A daemon without a bridge (as in many build machines) leaves the host's own network.
choose_network() {
  if docker network inspect bridge >/dev/null 2>&1; then
    BRIDGE=yes
    docker network create "$NAME" >/dev/null
    NETWORK=(--network "$NAME" --publish "127.0.0.1:$PORT:8501")
    HOST=0.0.0.0 LISTEN=8501 DATABASE_HOST="$NAME-database" DATABASE_PORT=5432
  else
    NETWORK=(--network host)
    HOST=127.0.0.1 LISTEN=$PORT DATABASE_HOST=127.0.0.1 DATABASE_PORT=$((PORT + 1))
  fi
}

start_database() {
  head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$SCRATCH/password"
  chmod 644 "$SCRATCH/password"
  local image=${DATABASE_IMAGE:-postgres:17}
  PROGRAMS=$(find /usr/lib/postgresql -name initdb -printf '%h\n' 2>/dev/null | sort -V | tail -1)
  if docker image inspect "$image" >/dev/null 2>&1 || timeout 300 docker pull --quiet "$image" >/dev/null 2>&1; then
    DATABASE=container
    local own=(--network host)
    [ -n "${BRIDGE:-}" ] && own=(--network "$NAME")
    docker run --detach --name "$NAME-database" "${own[@]}" --env POSTGRES_USER=clipdash --env POSTGRES_DB=clipdash \
      --env POSTGRES_PASSWORD_FILE=/run/secrets/password --volume "$SCRATCH/password:/run/secrets/password:ro" \
      "$image" -c "port=$DATABASE_PORT" >/dev/null
  elif [ -n "$PROGRAMS" ] && [ -z "${BRIDGE:-}" ]; then
    DATABASE=machine
    chmod 711 "$SCRATCH"
    mkdir "$SCRATCH/cluster"
    [ "$(id -u)" = 0 ] && chown postgres "$SCRATCH/cluster"
    (
      cd "$SCRATCH/cluster"
      as_postgres "$PROGRAMS/initdb" -D data -U clipdash -A scram-sha-256 --pwfile=../password -E UTF8 --locale=C -N
      as_postgres "$PROGRAMS/pg_ctl" -D data -l log -w start \
        -o "-c listen_addresses=127.0.0.1 -c port=$DATABASE_PORT -c unix_socket_directories=$SCRATCH/cluster"
    ) >/dev/null
    PGPASSWORD=$(cat "$SCRATCH/password") "$PROGRAMS/createdb" -h 127.0.0.1 -p "$DATABASE_PORT" -U clipdash clipdash
  fi
  if [ -n "$DATABASE" ]; then
    RECORDS=(--env "CLIPDASH_DATABASE=postgresql://clipdash@$DATABASE_HOST:$DATABASE_PORT/clipdash"
      --env CLIPDASH_DATABASE_PASSWORD_FILE=/run/secrets/database-password
      --volume "$SCRATCH/password:/run/secrets/database-password:ro")
    say "records lie in a PostgreSQL ($DATABASE), its password in a file"
  else
    RECORDS=()
    say "no PostgreSQL here: records lie in the file on the volume"
  fi
}

LOCKED=(--read-only --tmpfs /tmp:size=256m,noexec,nosuid,nodev --cap-drop ALL --security-opt no-new-privileges
  --init --pids-limit 512 --memory 4g)

start_app() {
  docker run --detach --name "$NAME" --restart unless-stopped "${LOCKED[@]}" "${NETWORK[@]}" \
    --env CLIPDASH_OPEN=1 --env STREAMLIT_SERVER_ADDRESS="$HOST" --env STREAMLIT_SERVER_PORT="$LISTEN" \
    --volume "$NAME-stores:/data/stores" --volume "$NAME-records:/data/records" \
    ${RECORDS[@]+"${RECORDS[@]}"} "$IMAGE" >/dev/null
}

await_ready() {
  local until=$((SECONDS + 180))
  while [ $SECONDS -lt $until ]; do
    if docker exec "$NAME" python3 /app/health.py > "$SCRATCH/health" 2>&1; then
      say "$1: $(cat "$SCRATCH/health")"
      return
    fi
    sleep 1
  done
  fail "not ready after 180 s: $(cat "$SCRATCH/health")"
}

inside() { docker exec "$NAME" sh -c "$1"; }

check_locks() {
  [ "$(inside 'id -u')" = 10001 ] || fail "the app does not run as 10001"
  inside 'touch /app/x /opt/x /usr/x 2>/dev/null' && fail "the root file system can be written"
  [ "$(inside "awk '/CapEff/ {print \$2}' /proc/1/status")" = 0000000000000000 ] || fail "there are capabilities"
  [ "$(inside "awk '/NoNewPrivs/ {print \$2}' /proc/1/status")" = 1 ] || fail "privileges could be gained"
  inside 'command -v gcc || command -v cc || command -v pip || python3 -c "import pip" 2>/dev/null' && fail "a compiler or pip is inside"
  inside 'find / -xdev -perm -4000 -type f 2>/dev/null | head -3' | sed 's/^/        set-uid, of the base, void without privileges: /'
  say "ok   number 10001, read-only, no capability, no new privileges, no compiler, no pip"
  say "ok   labels: $(docker inspect "$NAME" --format '{{json .Config.Labels}}')"
}

# By a file: where grep ends at the first match, the writer of a pipe fails, and the pipe with it.
check_logs() {
  docker logs "$NAME" > "$SCRATCH/log" 2>&1
  if grep --quiet Traceback "$SCRATCH/log"; then fail "there is a traceback in the log"; fi
  if [ "$(docker inspect "$NAME" --format '{{.State.Running}}')" = true ]; then
    inside 'test ! -s /data/records/logs/faults.log' || fail "a fault was recorded"
  fi
}

# The image's torch has no CUDA library to load: its figures beside those of this checkout's environment. The search is
# for words that no store brings embeddings of, so that the text tower itself runs.
check_figures() {
  local compare=(compare emoji --before denigration --after denigration-child --by age --json)
  local search=(search emoji "a kraken who teaches algebra $$" --k 10 --json)
  docker exec "$NAME" clipdash "${compare[@]}" > "$SCRATCH/compare-inside.json"
  docker exec "$NAME" clipdash "${search[@]}" > "$SCRATCH/search-inside.json"
  [ -x "$PYTHON" ] || { say "ok   the text tower runs"; return; }
  (
    export CLIPDASH_STORES=embeddings_cache CLIPDASH_DATABASE='' CLIPDASH_RECORDS="$SCRATCH"
    "$PYTHON" -m clipdash "${compare[@]}" > "$SCRATCH/compare-outside.json"
    "$PYTHON" -m clipdash "${search[@]}" > "$SCRATCH/search-outside.json"
    "$PYTHON" - "$SCRATCH" <<'PYTHON'
import json, sys
read = lambda name: json.load(open(f"{sys.argv[1]}/{name}.json"))
inside, outside = read("compare-inside"), read("compare-outside")
assert inside["groups"] == outside["groups"] and inside["flows"] == outside["flows"]
for mine, theirs in zip(read("search-inside")["results"], read("search-outside")["results"], strict=True):
    assert mine["image_id"] == theirs["image_id"] and abs(mine["score"] - theirs["score"]) < 1e-6, (mine, theirs)
PYTHON
  ) || fail "figures differ"
  say "ok   the text tower runs, and figures are those of the environment outside"
}

walk() {
  if [ -x "$PYTHON" ] && "$PYTHON" -c 'import playwright' 2>/dev/null; then
    "$PYTHON" scripts/walk_container.py "http://127.0.0.1:$PORT" "$TITLE" "$@" | sed 's/^/      /' || fail "the walk"
  else
    say "no environment with a browser here (make test sets one up): the page itself is not walked"
  fi
}

check_stop() {
  local before after code
  before=$(date +%s%N)
  docker stop --time 20 "$NAME" >/dev/null
  after=$(date +%s%N)
  code=$(docker inspect "$NAME" --format '{{.State.ExitCode}}')
  [ "$code" = 0 ] || [ "$code" = 143 ] || fail "SIGTERM: exit $code"
  [ $((after - before)) -lt 5000000000 ] || fail "SIGTERM took $(((after - before) / 1000000)) ms"
  say "ok   SIGTERM ended it in $(((after - before) / 1000000)) ms, exit $code"
}

check_closed() {
  local own=(--network host)
  [ -n "${BRIDGE:-}" ] && own=(--network "$NAME")
  docker run --detach --name "$NAME-closed" "${LOCKED[@]}" "${own[@]}" --env STREAMLIT_SERVER_PORT=$((PORT + 2)) "$IMAGE" >/dev/null
  local until=$((SECONDS + 60))
  until docker logs "$NAME-closed" 2>&1 | grep --max-count=1 "Listening on 127.0.0.1 and not on 0.0.0.0" > "$SCRATCH/closed"; do
    [ $SECONDS -lt $until ] || fail "without sign-in and without CLIPDASH_OPEN it does not say that it stays local"
    sleep 1
  done
  say "ok   without sign-in and CLIPDASH_OPEN: $(cat "$SCRATCH/closed")"
  docker rm --force --volumes "$NAME-closed" >/dev/null
}

kill_hard() {
  local pid
  pid=$(docker inspect "$NAME" --format '{{.State.Pid}}')
  if ! kill -9 "$pid" 2>/dev/null; then
    say "not tried: kill -9 of the container's first process (needs root on the daemon's machine)"
    return
  fi
  sleep 2
  await_ready "killed with -9, started again by itself"
  walk --again
}

build
choose_network
start_database
start_app
await_ready "ready"
check_locks
check_figures
walk
until [ "$(docker inspect "$NAME" --format '{{.State.Health.Status}}')" = healthy ]; do
  [ $SECONDS -lt $((started + 1800)) ] || fail "health: $(docker inspect "$NAME" --format '{{json .State.Health}}')"
  sleep 2
done
say "ok   the engine says: healthy"
docker restart --time 20 "$NAME" >/dev/null
await_ready "restarted"
walk --again
check_stop
check_logs
docker rm "$NAME" >/dev/null
start_app
await_ready "a new container on the same volumes"
walk --again
kill_hard
check_logs
say "ok   no traceback in the log of either container, and no fault recorded"
check_closed
say "Everything held."
