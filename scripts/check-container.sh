#!/usr/bin/env bash
# Builds deploy/Dockerfile and runs the image as compose.yaml does, without a Docker engine and without an image registry:
# podman does both, on stand-ins for the base images made here from Debian's and npm's packages.
# Needs root on Debian, Node with npm, and a PostgreSQL: CHECK_DATABASE_URL, by default the one on 127.0.0.1:5432.
set -euo pipefail
cd "$(dirname "$0")/.."

admin_url=${CHECK_DATABASE_URL:-postgres://postgres@127.0.0.1:5432/postgres}
database=tandem_container_check_$$
work=$(mktemp -d /tmp/tandem-container.XXXXXX)
image=localhost/tandem:check
container=tandem-check-$$

main() {
  step 'Tools'
  install_tools
  pass "$(podman --version), $(runc --version | head -1), $(docker-compose version --short | sed 's/^/docker-compose /')"

  step 'compose.yaml and Dockerfile'
  check_compose
  check_dockerfile

  step 'Base images (stand-ins made here)'
  make_base_images

  step 'Build'
  # Not the OCI format, which has no HEALTHCHECK.
  in_podman build --quiet --format docker --isolation chroot --pull=never --tag "$image" --file deploy/Dockerfile . \
    >"$work/build.log" 2>&1 || fail 'the build failed' "$work/build.log"
  pass "$image"
  check_contents

  step 'Run'
  run_container
  check_process
  check_api
  check_stop
  printf '\nThe container check passed.\n'
}

install_tools() {
  [[ $EUID == 0 && -e /etc/debian_version ]] || fail 'this check needs root on Debian'
  local missing=()
  for tool in podman runc debootstrap docker-compose psql curl; do
    command -v "$tool" >/dev/null || missing+=("${tool/psql/postgresql-client}")
  done
  ((${#missing[@]} == 0)) && return
  export DEBIAN_FRONTEND=noninteractive
  { apt-get -qq update && apt-get -qq install -y --no-install-recommends "${missing[@]}"; } >"$work/apt.log" 2>&1 ||
    fail "could not install ${missing[*]}" "$work/apt.log"
}

check_compose() {
  docker-compose -f compose.yaml config >"$work/compose.yaml" 2>"$work/compose.log" || fail 'compose.yaml is wrong' "$work/compose.log"
  local wanted
  for wanted in '- 127.0.0.1:8080:8080/tcp' 'read_only: true' '- ALL' '- no-new-privileges:true' 'condition: service_healthy'; do
    grep -qF -- "$wanted" "$work/compose.yaml" || fail "compose.yaml lacks \"$wanted\"" "$work/compose.yaml"
  done
  pass 'compose.yaml is valid; published on loopback only; read-only, without capabilities'
}

check_dockerfile() {
  local from
  while read -r from; do
    [[ $from =~ :.*[0-9]+\.[0-9]+|:.*[0-9]{8} ]] || fail "the base image $from is not pinned"
  done < <(base_images)
  grep -qE '^USER [0-9]+:[0-9]+$' deploy/Dockerfile || fail 'the image has no numeric USER'
  grep -qE '^ENTRYPOINT \["bun",' deploy/Dockerfile || fail 'ENTRYPOINT does not start bun itself, so signals would not reach it'
  grep -q '^HEALTHCHECK ' deploy/Dockerfile || fail 'the image has no HEALTHCHECK'
  pass 'Dockerfile: pinned bases, numeric user, bun as process 1, health check'
}

base_images() {
  sed -n 's/^FROM \([^ ]*\).*/\1/p' deploy/Dockerfile
}

make_base_images() {
  local debian node suite root=$work/debian
  node=$(base_images | grep '^node:')
  debian=$(base_images | grep '^debian:')
  suite=${debian#*:}
  debootstrap --variant=minbase "${suite%%-*}" "$root" >"$work/debootstrap.log" 2>&1 ||
    fail 'debootstrap failed' "$work/debootstrap.log"
  # What the slim images leave out too, so that the size below means something.
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,info,locale,man}/*
  import "$debian"
  pass "$debian from $(cat "$root/etc/debian_version")"

  local version=${node#*:}
  add_node "$root/usr/local" "${version%%-*}"
  # How this machine reaches its npm registry stays in the stand-in and never reaches the final image.
  local settings=(--change "ENV npm_config_registry=$(npm config get registry 2>/dev/null)")
  if [[ -e ${NODE_EXTRA_CA_CERTS:-} ]]; then
    cp "$NODE_EXTRA_CA_CERTS" "$root/usr/local/share/ca.crt"
    settings+=(--change 'ENV NODE_EXTRA_CA_CERTS=/usr/local/share/ca.crt')
  fi
  import "$node" "${settings[@]}"
  pass "$node with node $(chroot "$root" node --version), npm $(chroot "$root" npm --version)"
}

# Node and npm as the official image has them: both are in the npm registry.
add_node() {
  local prefix=$1 version=$2 cpu
  cpu=$(node -p process.arch)
  mkdir -p "$prefix/lib/node_modules/npm" "$work/packed"
  npm pack --silent --pack-destination "$work/packed" "node-linux-$cpu@$version" "npm@^10" >"$work/pack.log" 2>&1 ||
    fail "could not get node $version" "$work/pack.log"
  tar -xzf "$work/packed/node-linux-$cpu-$version.tgz" -C "$prefix" --strip-components=1 package/bin/node
  tar -xzf "$work"/packed/npm-10*.tgz -C "$prefix/lib/node_modules/npm" --strip-components=1
  ln -s ../lib/node_modules/npm/bin/npm-cli.js "$prefix/bin/npm"
}

import() {
  local name=$1
  shift
  tar -C "$work/debian" -c . | in_podman import --quiet "$@" - "docker.io/library/$name" >/dev/null
}

check_contents() {
  in_podman run --rm "${limits[@]}" --network none --entrypoint find "$image" /app /usr/local -mindepth 1 >"$work/files"
  local unwanted
  unwanted=$(grep -E '^/app/server/.*(\.test\.ts$|/testing)|^/app/bench|/\.npmrc$|/\.env|/bin/(node|npm)$|@embedded-postgres|\.map$' \
    "$work/files" || true)
  [[ -z $unwanted ]] || fail "the image holds what it does not need: $(head -5 <<<"$unwanted")"

  local development
  development=$(node -e '
    const { packages } = JSON.parse(require("node:fs").readFileSync("package-lock.json", "utf8"))
    for (const [path, { dev }] of Object.entries(packages)) if (dev) console.log(`/app/${path}`)' | sort)
  [[ -n $development ]] || fail 'package-lock.json names no development dependency: this check sees nothing'
  unwanted=$(sort "$work/files" | comm -12 - <(echo "$development"))
  [[ -z $unwanted ]] || fail "the image holds development dependencies: $unwanted"
  pass "no development dependency, test or build tool in it; $(grep -cE '^/app/node_modules/(@[^/]+/)?[^/@.]+$' "$work/files") packages"

  local total base
  total=$(in_podman image inspect --format '{{.Size}}' "$image")
  base=$(in_podman image inspect --format '{{.Size}}' "docker.io/library/$(base_images | tail -1)")
  pass "size: $((total / 1000000)) MB unpacked, of it $(((total - base) / 1000000)) MB ours on a base of $((base / 1000000)) MB"
}

run_container() {
  psql --quiet "$admin_url" -c "CREATE DATABASE $database" || fail 'no PostgreSQL to use: see CHECK_DATABASE_URL'
  port=$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')
  # The host's network, because the database listens on its loopback address only; the rest as in compose.yaml.
  in_podman run --detach --name "$container" "${limits[@]}" --network host --read-only --read-only-tmpfs=false --cap-drop ALL \
    --security-opt no-new-privileges --log-driver k8s-file --env "PORT=$port" \
    --env "DATABASE_URL=$(sed -E "s#/[^/?]*(\?|\$)#/$database\1#" <<<"$admin_url")" "$image" >"$work/run.log" 2>&1 ||
    fail 'the container did not start' "$work/run.log"
  for _ in {1..150}; do
    [[ $(status GET /readyz) == 200 ]] && pass '/readyz answers 200' && return
    is_running || break
    sleep 0.2
  done
  in_podman logs "$container" >"$work/server.log" 2>&1
  fail '/readyz did not answer 200' "$work/server.log"
}

is_running() {
  [[ $(in_podman inspect --format '{{.State.Running}}' "$container") == true ]]
}

check_process() {
  local pid
  pid=$(in_podman inspect --format '{{.State.Pid}}' "$container")
  field() { awk -v name="$1:" '$1 == name { print $NF }' "/proc/$pid/status"; }
  [[ $(field Uid) != 0 && $(field CapEff) == 0000000000000000 && $(field NoNewPrivs) == 1 && $(field NSpid) == 1 ]] ||
    fail 'the process is root, privileged or not process 1' "/proc/$pid/status"
  pass "process 1 is $(cat "/proc/$pid/comm") as user $(field Uid), without capabilities"
  in_podman exec "$container" sh -c ': >/tmp/x' 2>/dev/null && fail 'the root filesystem can be written to'
  pass 'the root filesystem is read-only'
  in_podman healthcheck run "$container" >"$work/health.log" 2>&1 || fail 'the health check fails' "$work/health.log"
  pass 'HEALTHCHECK passes'
}

check_api() {
  local ada='{"user_id":"u1","username":"Ada","is_active":true}' bob='{"user_id":"u2","username":"Bob","is_active":true}'
  expect 201 POST /team/add "{\"team_name\":\"payments\",\"members\":[$ada,$bob]}"
  expect 201 POST /pullRequest/create '{"pull_request_id":"pr-1","pull_request_name":"Add search","author_id":"u1"}'
  grep -q '"assigned_reviewers":\["u2"\]' "$work/answer" || fail 'the pull request got the wrong reviewers' "$work/answer"
  expect 200 GET /docs
  expect 200 GET /docs/swagger-ui-bundle.js
  expect 200 GET /openapi.json
}

check_stop() {
  local started=$EPOCHREALTIME code
  in_podman stop --time 15 "$container" >/dev/null
  code=$(in_podman inspect --format '{{.State.ExitCode}}' "$container")
  in_podman logs "$container" >"$work/server.log" 2>&1
  [[ $code == 0 ]] || fail "SIGTERM ended it with exit code $code instead of 0" "$work/server.log"
  grep -v '^{' "$work/server.log" && fail 'these log lines are not JSON'
  pass "SIGTERM: exit code 0 after $(awk "BEGIN { printf \"%.1f\", $EPOCHREALTIME - $started }") s; $(wc -l <"$work/server.log") log lines, all JSON"
}

expect() {
  local wanted=$1 got
  got=$(status "${@:2}")
  [[ $got == "$wanted" ]] || fail "$2 $3 answered $got instead of $wanted" "$work/answer"
  pass "$2 $3 answers $wanted"
}

# The status of an HTTP request; its body is left in $work/answer.
status() {
  curl --silent --noproxy '*' --max-time 10 --output "$work/answer" --write-out '%{http_code}' --request "$1" \
    ${3:+--header 'content-type: application/json' --data "$3"} "http://127.0.0.1:$port$2" || true
}

# A store of its own, removed at the end; nothing of systemd, which a container or a sandbox lacks. vfs instead of overlay and runc
# instead of crun, because overlays do not stack everywhere and crun refuses a mix of cgroup versions.
in_podman() {
  DISABLE_HC_SYSTEMD=true podman --root "$work/store" --runroot "$work/run" --tmpdir "$work/tmp" \
    --storage-driver vfs --runtime runc --cgroup-manager cgroupfs "$@"
}
# Without CAP_SYS_RESOURCE podman's own, higher limits are refused.
limits=(--ulimit "nofile=$(ulimit -Hn):$(ulimit -Hn)" --ulimit nproc=4096:4096)

clean_up() {
  set +e
  [[ -d $work/store ]] && in_podman rm --all --force --time 1 >/dev/null 2>&1
  psql --quiet "$admin_url" -c "DROP DATABASE IF EXISTS $database WITH (FORCE)" >/dev/null 2>&1
  rm -rf --one-file-system "$work"
}
trap clean_up EXIT

step() { printf '\n%s\n' "$1"; }
pass() { printf '  ok    %s\n' "$1"; }
fail() {
  printf '  FAIL  %s\n' "$1" >&2
  [[ -z ${2:-} ]] || tail -n 40 "$2" >&2
  exit 1
}

main
